use super::*;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_ms(seconds * 1_000)
}

fn host() -> AccountId {
    "host".parse().unwrap()
}

fn crews() -> Arc<Crews> {
    Crews::new(Rules::default(), Arc::default())
}

#[test]
fn each_login_is_told_by_what_its_machines_do() {
    let (crews, here, there) = (crews(), ContractId::new(1), ContractId::new(2));
    let mut enlisted = Vec::new();
    for (login, serving, gone) in [
        ("works", Some(here), false),
        ("works", None, false),
        ("is_elsewhere", Some(there), false),
        ("is_idle", None, false),
        ("is_silent", Some(here), true),
        ("is_silent_there", Some(there), true),
        ("one_is_silent", Some(here), true),
        ("one_is_silent", Some(there), false),
    ] {
        let machine = crews.enlist(host(), Hashrate::new(5));
        machine.meter.known_as(&login.into());
        machine.meter.known_as(&login.into());
        let mut hosts = crews.lock();
        let member = hosts.get_mut(&host()).unwrap().members.get_mut(&machine.id);
        let member = member.unwrap();
        (member.serving, member.gone) = (serving, gone);
        drop(hosts);
        enlisted.push(machine);
    }
    let seen = |contract| {
        let states = crews.states(&host(), contract);
        let states = states.into_iter();
        states
            .map(|(login, state)| (login.to_string(), state))
            .collect::<Vec<_>>()
    };
    let named =
        |states: [(&str, Activity); 6]| states.map(|(name, state)| (name.to_owned(), state));
    use Activity::{Elsewhere, Idle, Silent, Working};
    let expected = named([
        ("is_elsewhere", Elsewhere),
        ("is_idle", Idle),
        ("is_silent", Silent),
        ("is_silent_there", Silent),
        ("one_is_silent", Elsewhere),
        ("works", Working),
    ]);
    assert_eq!(seen(here), expected);
    let expected = named([
        ("is_elsewhere", Working),
        ("is_idle", Idle),
        ("is_silent", Silent),
        ("is_silent_there", Silent),
        ("one_is_silent", Working),
        ("works", Elsewhere),
    ]);
    assert_eq!(seen(there), expected);
    let stranger = "stranger".parse().unwrap();
    assert!(crews.states(&stranger, here).is_empty());
    enlisted.clear();
    assert!(seen(here).is_empty(), "none is connected");
}

#[test]
fn waiting_for_a_pool_is_not_time_served() {
    let (crews, contract) = (crews(), ContractId::new(1));
    let _machine = crews.enlist(host(), Hashrate::new(5));
    let mut hosts = crews.lock();
    let crew = hosts.get_mut(&host()).unwrap();
    for member in crew.members.values_mut() {
        (member.serving, member.since) = (Some(contract), at(0));
    }
    let none = Served::starting(at(0), Work::ZERO);
    crew.served.insert(contract, none);
    crew.counted = at(100);
    // Its pool went away a moment ago, and comes back at 110.
    crew.jobless.insert(contract);
    crew.count(at(110), &crews.rules);
    assert_eq!(crew.served[&contract].work(), Work::ZERO);
    assert!(
        crew.jobless.is_empty(),
        "there is no such delivery any more"
    );
    crew.count(at(120), &crews.rules);
    assert_eq!(crew.served[&contract].work(), Work::new(50));
}
