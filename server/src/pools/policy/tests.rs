use super::*;

fn check(policy: &PoolPolicy, text: &str) -> &'static str {
    let address = PoolAddress::parse(text).unwrap();
    policy
        .check(&address)
        .map_or_else(AddressError::code, |()| "ok")
}

#[test]
fn private_pools_are_the_operators_choice_and_metadata_is_nobodys() {
    let policy = PoolPolicy {
        allow_private_pools: true,
        ..PoolPolicy::default()
    };
    for (text, wanted) in [
        ("127.0.0.1:3333", "ok"),
        ("localhost:3333", "ok"),
        ("pool.lan:3333", "ok"),
        ("10.0.0.7:3333", "ok"),
        ("192.168.1.5:3333", "ok"),
        ("100.64.0.9:3333", "ok"),
        ("[::1]:3333", "ok"),
        ("[fd00::7]:3333", "ok"),
        ("169.254.169.254:3333", "link_local"),
        ("[fe80::1]:3333", "link_local"),
        ("0.0.0.0:3333", "unspecified"),
        ("[::]:3333", "unspecified"),
        ("[::ffff:127.0.0.1]:3333", "mapped"),
        ("[64:ff9b::7f00:1]:3333", "nat64"),
        ("224.0.0.1:3333", "multicast"),
        ("255.255.255.255:3333", "broadcast"),
        ("168.63.129.16:3333", "infrastructure"),
        ("127.0.0.1:22", "port_refused"),
        ("127.0.0.1:6379", "port_refused"),
    ] {
        assert_eq!(check(&policy, text), wanted, "{text}");
    }
}

#[test]
fn ports_are_the_operators_choice() {
    let policy = PoolPolicy {
        also_ports: vec![25, 9_200],
        ..PoolPolicy::default()
    };
    assert_eq!(check(&policy, "pool.net:25"), "ok");
    assert_eq!(check(&policy, "pool.net:9200"), "ok");
    assert_eq!(check(&policy, "pool.net:26"), "port_refused");
    assert_eq!(check(&policy, "pool.net:9300"), "port_refused");
    assert!(OTHER_SERVICES.is_sorted_by(|a, b| a.end() < b.start()));
}

#[test]
fn no_pool_is_this_server() {
    let listens = |text: &str| PoolPolicy {
        allow_private_pools: true,
        listeners: vec![text.parse().unwrap()],
        own_addresses: vec!["9.9.9.9".parse().unwrap()],
        ..PoolPolicy::default()
    };
    let here = listens("127.0.0.1:3333");
    assert_eq!(check(&here, "127.0.0.1:3333"), "own");
    assert_eq!(check(&here, "127.0.0.1:3334"), "ok");
    assert_eq!(check(&here, "127.0.0.2:3333"), "ok");
    assert_eq!(check(&here, "9.9.9.9:3333"), "own");
    let everywhere = listens("0.0.0.0:3333");
    assert_eq!(check(&everywhere, "127.0.0.1:3333"), "own");
    assert_eq!(check(&everywhere, "127.8.8.8:3333"), "own");
    assert_eq!(check(&everywhere, "127.0.0.1:3335"), "ok");
    assert_eq!(check(&everywhere, "8.8.8.8:3333"), "ok");
    assert!(is_this_machine("127.0.0.1:1".parse().unwrap()));
    assert!(!is_this_machine("8.8.8.8:1".parse().unwrap()));
}
