use super::*;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_ms(seconds * 1_000)
}

fn share() -> WorkSum {
    shares(1)
}

fn shares(count: u64) -> WorkSum {
    (0..count).fold(WorkSum::default(), |sum, _| {
        sum.checked_add(Work::new(1)).unwrap()
    })
}

fn stats() -> Stats {
    Stats::new(at(0), &BTreeMap::new())
}

/// Connected, with a share that counted.
fn honest(stats: &mut Stats, login: &str, seconds: u64) {
    stats.connected(login, at(seconds));
    stats.accepted(login, HERE, at(seconds), share());
}

#[test]
fn strangers_names_push_nobody_out() {
    let mut stats = stats();
    honest(&mut stats, "honest", 1);
    // They stay, and none of their shares has counted.
    for number in 0..2 * LOGINS_MAX {
        stats.connected(&format!("stranger{number}"), at(2));
    }
    assert_eq!(stats.logins.len(), LOGINS_MAX);
    stats.connected("new", at(3));
    assert!(!stats.logins.contains_key("new"), "there is no room yet");
    stats.accepted("new", HERE, at(4), share());
    let new = &stats.logins["new"];
    assert_eq!((new.online, new.shares), (1, 1));
    assert_eq!(stats.logins.len(), 2, "strangers made room");
    stats.disconnected("new");
    assert_eq!(stats.logins["new"].online, 0);
    assert_eq!(stats.logins["honest"].shares, 1);
}

#[test]
fn strangers_who_left_make_room_for_others() {
    let mut stats = stats();
    for round in 0..3 {
        for number in 0..LOGINS_MAX {
            let name = format!("{round}-{number}");
            stats.connected(&name, at(round));
            stats.disconnected(&name);
        }
        assert!(
            stats.logins.contains_key(&format!("{round}-0")),
            "it is shown"
        );
    }
    assert!(stats.logins.len() <= LOGINS_MAX);
    let left = stats.logins.values().filter(|login| login.is_strange());
    assert_eq!(left.count(), stats.strangers);
    // Who comes back is none that has left.
    stats.connected("2-9999", at(9));
    assert_eq!(stats.strangers + 1, stats.logins.len());
}

#[test]
fn those_go_that_were_gone_the_longest() {
    let mut stats = stats();
    for number in 0..LOGINS_MAX as u64 {
        let name = format!("m{number:05}");
        honest(&mut stats, &name, number);
        if number != 3 {
            stats.disconnected(&name);
        }
    }
    stats.connected("stranger", at(20_000));
    assert!(!stats.logins.contains_key("stranger"));
    honest(&mut stats, "new", 20_000);
    assert!(stats.logins.contains_key("new"));
    let there = |number: usize| stats.logins.contains_key(&format!("m{number:05}"));
    assert!(!there(0) && there(3) && there(FORGOTTEN + 1) && there(9_999));
    assert!(stats.logins.len() > LOGINS_MAX - 2 * FORGOTTEN);
}

#[test]
fn shares_earn_worker_records() {
    let mut stats = stats();
    assert!(!stats.has_earned("a", HERE));
    honest(&mut stats, "a", 1);
    stats.introduced("a", HERE);
    for second in 2..8 {
        stats.accepted("a", HERE, at(second), share());
        assert!(!stats.has_earned("a", HERE), "seven shares");
    }
    stats.accepted("a", HERE, at(8), share());
    assert!(stats.has_earned("a", HERE));
    stats.introduced("a", HERE);
    assert!(!stats.has_earned("a", HERE));
    // After a start the log says what was delivered, and not from where.
    let names = BTreeMap::from([("a".to_owned(), shares(100))]);
    let stats = Stats::new(at(0), &names);
    assert_eq!(stats.logins["a"].shares, 100);
    assert!(!stats.has_earned("a", HERE));
}

#[test]
fn a_strangers_connection_under_an_honest_login_spends_nothing_of_it() {
    let there = |number: u8| IpAddr::from([192, 0, 2, number]);
    let mut stats = stats();
    honest(&mut stats, "a", 1);
    stats.accepted("a", HERE, at(2), shares(400));
    for number in 0..20 {
        stats.connected("a", at(3));
        assert!(!stats.has_earned("a", there(number)));
        stats.introduced("a", there(number));
        // Nor does a share of his, or that of many, make him the one who earned it.
        stats.accepted("a", there(number), at(4), share());
        assert!(!stats.has_earned("a", there(number)));
        assert!(stats.logins["a"].earners.len() <= EARNERS_MAX);
    }
    for _ in 0..100 {
        assert!(stats.has_earned("a", HERE));
        stats.introduced("a", HERE);
    }
    assert!(!stats.has_earned("a", HERE), "401 shares");
}
