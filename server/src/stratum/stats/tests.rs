use super::*;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_ms(seconds * 1_000)
}

fn share() -> WorkSum {
    WorkSum::default().checked_add(Work::new(1)).unwrap()
}

fn stats() -> Stats {
    Stats::new(at(0), &BTreeMap::new())
}

/// Connected, with a share that counted.
fn honest(stats: &mut Stats, login: &str, seconds: u64) {
    stats.connected(login, at(seconds));
    stats.accepted(login, at(seconds), share());
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
    stats.accepted("new", at(4), share());
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
    assert!(!stats.has_earned("a"));
    honest(&mut stats, "a", 1);
    stats.introduced("a");
    for second in 2..8 {
        stats.accepted("a", at(second), share());
        assert!(!stats.has_earned("a"), "seven shares");
    }
    stats.accepted("a", at(8), share());
    assert!(stats.has_earned("a"));
    stats.introduced("a");
    assert!(!stats.has_earned("a"));
    // After a start the log says what was delivered.
    let sum = (0..8).fold(WorkSum::default(), |sum, _| {
        sum.checked_add(Work::new(1)).unwrap()
    });
    let mut names: BTreeMap<String, WorkSum> = (0..LOGINS_MAX)
        .map(|number| (format!("m{number}"), share()))
        .collect();
    names.insert("z".into(), sum);
    let stats = Stats::new(at(0), &names);
    assert_eq!(stats.logins.len(), LOGINS_MAX);
    assert!(stats.has_earned("z"));
}
