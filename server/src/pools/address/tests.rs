//! The table of adversarial addresses: what each is refused for, or that it is let through. A literal address goes through
//! the policy of a public server as well; a name is resolved to a public address.

use super::*;
use crate::pools::{PoolPolicy, ResolveError, Resolver, resolve};

/// A name that may be looked up gets this answer.
struct Public;

impl Resolver for Public {
    async fn addresses(&self, _name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        Ok(vec!["1.1.1.1".parse().unwrap()])
    }
}

async fn outcome(text: &str) -> &'static str {
    let address = match PoolAddress::parse(text) {
        Ok(address) => address,
        Err(why) => {
            assert!(why.is_malformed(), "{text:?}: {why:?}");
            return why.code();
        }
    };
    match resolve(&address, &PoolPolicy::default(), &Public).await {
        Ok(_) => "ok",
        Err(why) => {
            assert!(!why.is_malformed(), "{text:?}: {why:?}");
            why.code()
        }
    }
}

/// Text, outcome.
const CASES: &[(&str, &str)] = &[
    // What buyers write.
    ("stratum.pool.net:3333", "ok"),
    ("stratum+tcp://stratum.pool.net:3333", "ok"),
    ("STRATUM+TCP://Stratum.Pool.NET:3333", "ok"),
    ("solo.ckpool.org:3333", "ok"),
    ("eu.stratum.slushpool.com:3333", "ok"),
    ("a.b.c.d.e.f.g.pool.net:1024", "ok"),
    ("p-o-o-l.net:65535", "ok"),
    ("1pool.2net.io:3333", "ok"),
    ("xn--bcher-kva.example.net:3333", "ok"),
    ("8.8.8.8:3333", "ok"),
    ("1.1.1.1:443", "ok"),
    ("stratum+tcp://9.9.9.9:3334", "ok"),
    ("[2606:4700:4700::1111]:3333", "ok"),
    ("[2001:4860:4860:0:0:0:0:8888]:3333", "ok"),
    ("[2606:4700:4700::8.8.8.8]:3333", "ok"),
    ("172.15.255.255:3333", "ok"),
    ("172.32.0.1:3333", "ok"),
    ("100.63.255.255:3333", "ok"),
    ("100.128.0.1:3333", "ok"),
    ("169.253.255.255:3333", "ok"),
    ("169.255.0.1:3333", "ok"),
    ("192.167.255.255:3333", "ok"),
    ("198.17.255.255:3333", "ok"),
    ("198.20.0.1:3333", "ok"),
    ("223.255.255.254:3333", "ok"),
    ("11.0.0.1:3333", "ok"),
    ("126.255.255.255:3333", "ok"),
    ("128.0.0.1:3333", "ok"),
    // TLS is understood, and not there yet.
    ("stratum+tls://stratum.pool.net:443", "tls"),
    ("stratum+ssl://stratum.pool.net:3334", "tls"),
    ("Stratum+SSL://127.0.0.1:3334", "tls"),
    // Nothing, too much.
    ("", "empty"),
    (":3333", "no_host"),
    (":", "no_host"),
    ("stratum+tcp://", "no_host"),
    ("stratum+tcp://:3333", "no_host"),
    // Schemes.
    ("http://stratum.pool.net:3333", "scheme"),
    ("https://stratum.pool.net:3333", "scheme"),
    ("file:///etc/passwd", "scheme"),
    ("gopher://127.0.0.1:6379/_INFO", "scheme"),
    ("dict://127.0.0.1:11211", "scheme"),
    ("ftp://pool.net:3333", "scheme"),
    ("tcp://pool.net:3333", "scheme"),
    ("ssl://pool.net:3333", "scheme"),
    ("stratum://pool.net:3333", "scheme"),
    ("stratum2+tcp://pool.net:3333", "scheme"),
    ("stratum+udp://pool.net:3333", "scheme"),
    ("stratum+tcp+tls://pool.net:3333", "scheme"),
    ("://pool.net:3333", "scheme"),
    ("javascript://pool.net:3333", "scheme"),
    ("stratum+tcp://stratum+tcp://pool.net:3333", "path"),
    ("stratum+tcp:pool.net:3333", "bare_ipv6"),
    ("stratum+tcp:/pool.net:3333", "path"),
    ("stratum+tcp:///pool.net:3333", "path"),
    ("//pool.net:3333", "path"),
    // Logins.
    ("user@pool.net:3333", "user_info"),
    ("user:password@pool.net:3333", "user_info"),
    ("pool.net:3333@127.0.0.1:3333", "user_info"),
    ("stratum+tcp://pool.net@169.254.169.254:3333", "user_info"),
    ("stratum+tcp://@pool.net:3333", "user_info"),
    ("pool.net@:3333", "user_info"),
    ("127.0.0.1:3333@pool.net", "user_info"),
    ("user%40pool.net@10.0.0.1:3333", "user_info"),
    // Paths and their like.
    ("pool.net:3333/", "path"),
    ("pool.net:3333/path", "path"),
    ("pool.net/:3333", "path"),
    ("pool.net:3333?x=1", "path"),
    ("pool.net:3333#x", "path"),
    ("pool.net#:3333", "path"),
    ("pool.net?:3333", "path"),
    ("pool.net\\:3333", "path"),
    ("127.0.0.1\\.pool.net:3333", "path"),
    ("pool.net:3333\\", "path"),
    ("pool.net:3333/../..", "path"),
    ("10.0.0.0/8:3333", "path"),
    // Percent-encoding.
    ("%31%32%37.0.0.1:3333", "percent"),
    ("127%2e0%2e0%2e1:3333", "percent"),
    ("pool.net%00:3333", "percent"),
    ("pool.net%0a:3333", "percent"),
    ("pool.net:33%333", "percent"),
    ("localhost%2f:3333", "percent"),
    // Blanks and control characters.
    (" pool.net:3333", "blank"),
    ("pool.net:3333 ", "blank"),
    ("pool.net :3333", "blank"),
    ("pool.net: 3333", "blank"),
    ("pool net:3333", "blank"),
    ("pool.net:3333\n", "blank"),
    ("pool.net:3333\r\nHELO x", "blank"),
    ("pool.net\t:3333", "blank"),
    ("pool.net\0:3333", "blank"),
    ("pool.net:3333\0", "blank"),
    ("pool.net\x7f:3333", "blank"),
    ("pool.net\x0b:3333", "blank"),
    ("127.0.0.1\n.pool.net:3333", "blank"),
    // Characters that look like others, digits that are read as others.
    ("р\u{43e}ol.net:3333", "not_ascii"),
    ("ρool.net:3333", "not_ascii"),
    ("bücher.net:3333", "not_ascii"),
    ("①②⑦.0.0.1:3333", "not_ascii"),
    ("１２７.0.0.1:3333", "not_ascii"),
    ("127。0。0。1:3333", "not_ascii"),
    ("127．0．0．1:3333", "not_ascii"),
    ("ⓛocalhost:3333", "not_ascii"),
    ("localhoſt:3333", "not_ascii"),
    ("pool.net\u{200b}:3333", "not_ascii"),
    ("pool\u{ad}.net:3333", "not_ascii"),
    ("pool.net\u{2028}:3333", "not_ascii"),
    ("pool.net：3333", "not_ascii"),
    ("pool.net:３３３３", "not_ascii"),
    ("\u{feff}pool.net:3333", "not_ascii"),
    ("\u{202e}ten.loop:3333", "not_ascii"),
    ("pool.net:3333\u{a0}", "not_ascii"),
    ("٣.٣.٣.٣:3333", "not_ascii"),
    // Other forms of IPv4 addresses.
    ("2130706433:3333", "numeric_host"),
    ("0x7f000001:3333", "numeric_host"),
    ("0X7F000001:3333", "numeric_host"),
    ("017700000001:3333", "numeric_host"),
    ("0177.0.0.1:3333", "numeric_host"),
    ("0x7f.0.0.1:3333", "numeric_host"),
    ("0x7f.1:3333", "numeric_host"),
    ("127.1:3333", "numeric_host"),
    ("127.0.1:3333", "numeric_host"),
    ("127.0.0.01:3333", "numeric_host"),
    ("127.0.0.001:3333", "numeric_host"),
    ("127.000.000.001:3333", "numeric_host"),
    ("00127.0.0.1:3333", "numeric_host"),
    ("127.0.0.0x1:3333", "numeric_host"),
    ("127.0.0.0x:3333", "numeric_host"),
    ("0x.0x.0x.0x:3333", "numeric_host"),
    ("0:3333", "numeric_host"),
    ("1:3333", "numeric_host"),
    ("0x0:3333", "numeric_host"),
    ("256.0.0.1:3333", "numeric_host"),
    ("8.8.8.256:3333", "numeric_host"),
    ("8.8.8.8.8:3333", "numeric_host"),
    ("8.8.8:3333", "numeric_host"),
    ("4294967296:3333", "numeric_host"),
    ("99999999999999999999:3333", "numeric_host"),
    ("0xa9fea9fe:3333", "numeric_host"),
    ("2852039166:3333", "numeric_host"),
    ("0251.0376.0251.0376:3333", "numeric_host"),
    ("169.254.43518:3333", "numeric_host"),
    ("pool.123:3333", "numeric_host"),
    ("pool.net.0x7f:3333", "numeric_host"),
    ("+8.8.8.8:3333", "numeric_host"),
    ("8.8.8.-8:3333", "label"),
    ("-8.8.8.8:3333", "numeric_host"),
    ("8..8.8:3333", "numeric_host"),
    (".8.8.8.8:3333", "numeric_host"),
    ("08.8.8.8:3333", "numeric_host"),
    // Dots at the end.
    ("pool.net.:3333", "trailing_dot"),
    ("pool.net..:3333", "trailing_dot"),
    ("localhost.:3333", "trailing_dot"),
    ("127.0.0.1.:3333", "trailing_dot"),
    ("2130706433.:3333", "trailing_dot"),
    (".:3333", "trailing_dot"),
    ("...:3333", "trailing_dot"),
    // Labels.
    (".pool.net:3333", "label"),
    ("pool..net:3333", "label"),
    ("-pool.net:3333", "label"),
    ("pool-.net:3333", "label"),
    ("pool.net-:3333", "label"),
    ("pool_a.net:3333", "label"),
    ("_stratum._tcp.pool.net:3333", "label"),
    ("*.pool.net:3333", "label"),
    ("pool,net:3333", "label"),
    ("pool;net:3333", "label"),
    ("pool!net:3333", "label"),
    ("$(id).pool.net:3333", "label"),
    ("`id`.pool.net:3333", "label"),
    ("'pool.net':3333", "label"),
    ("\"pool.net\":3333", "label"),
    ("<pool.net>:3333", "label"),
    ("{pool}.net:3333", "label"),
    ("pool|net:3333", "label"),
    ("pool&net:3333", "label"),
    ("pool=net:3333", "label"),
    ("pool~net:3333", "label"),
    ("pool^net:3333", "label"),
    // IPv6 in other forms.
    ("::1:3333", "bare_ipv6"),
    ("::1", "bare_ipv6"),
    ("2606:4700:4700::1111:3333", "bare_ipv6"),
    ("pool.net:3333:3333", "bare_ipv6"),
    ("127.0.0.1:80:3333", "bare_ipv6"),
    ("pool.net::3333", "bare_ipv6"),
    ("[]:3333", "ipv6"),
    ("[:3333", "ipv6"),
    ("]:3333", "ipv6"),
    ("[::1:3333", "ipv6"),
    ("::1]:3333", "ipv6"),
    ("[[::1]]:3333", "ipv6"),
    ("[127.0.0.1]:3333", "ipv6"),
    ("[pool.net]:3333", "ipv6"),
    ("[v1.fe80]:3333", "ipv6"),
    ("[::1]3333", "ipv6"),
    ("[::1]x:3333", "ipv6"),
    ("[::1].pool.net:3333", "ipv6"),
    ("a[::1]:3333", "ipv6"),
    ("[1:2:3:4:5:6:7:8:9]:3333", "ipv6"),
    ("[12345::]:3333", "ipv6"),
    ("[::ffff:0177.0.0.1]:3333", "ipv6"),
    ("[::ffff:127.1]:3333", "ipv6"),
    ("[1::2::3]:3333", "ipv6"),
    ("[fe80::1%25eth0]:3333", "zone"),
    ("[fe80::1%eth0]:3333", "zone"),
    ("[::1%lo]:3333", "zone"),
    // Ports.
    ("pool.net", "no_port"),
    ("8.8.8.8", "no_port"),
    ("[2606:4700:4700::1111]", "no_port"),
    ("stratum+tcp://pool.net", "no_port"),
    ("pool.net:", "port"),
    ("[2606:4700:4700::1111]:", "port"),
    ("pool.net:0", "port"),
    ("pool.net:00", "port"),
    ("pool.net:03333", "port"),
    ("pool.net:+3333", "port"),
    ("pool.net:-1", "port"),
    ("pool.net:65536", "port"),
    ("pool.net:68869", "port"),
    ("pool.net:4294967296", "port"),
    ("pool.net:3333.0", "port"),
    ("pool.net:0xd05", "port"),
    ("pool.net:3e3", "port"),
    ("pool.net:http", "port"),
    ("pool.net:3333,3334", "port"),
    // Ports of other services.
    ("pool.net:1", "port_refused"),
    ("pool.net:22", "port_refused"),
    ("pool.net:25", "port_refused"),
    ("pool.net:53", "port_refused"),
    ("pool.net:80", "port_refused"),
    ("pool.net:587", "port_refused"),
    ("pool.net:700", "port_refused"),
    ("pool.net:1023", "port_refused"),
    ("pool.net:2375", "port_refused"),
    ("pool.net:2379", "port_refused"),
    ("pool.net:3306", "port_refused"),
    ("pool.net:5432", "port_refused"),
    ("pool.net:6379", "port_refused"),
    ("pool.net:6443", "port_refused"),
    ("pool.net:6667", "port_refused"),
    ("pool.net:8332", "port_refused"),
    ("pool.net:9200", "port_refused"),
    ("pool.net:10250", "port_refused"),
    ("pool.net:11211", "port_refused"),
    ("pool.net:27017", "port_refused"),
    ("127.0.0.1:6379", "port_refused"),
    // Names of private networks.
    ("localhost:3333", "local_name"),
    ("LOCALHOST:3333", "local_name"),
    ("LocalHost:443", "local_name"),
    ("pool:3333", "local_name"),
    ("cafe:3333", "local_name"),
    ("foo.localhost:3333", "local_name"),
    ("router.local:3333", "local_name"),
    ("metadata.google.internal:3333", "local_name"),
    ("pool.svc.cluster.local:3333", "local_name"),
    ("nas.lan:3333", "local_name"),
    ("host.docker.internal:3333", "local_name"),
    ("nas.home.arpa:3333", "local_name"),
    ("1.0.0.127.in-addr.arpa:3333", "local_name"),
    ("abcdef.onion:3333", "local_name"),
    ("pool.test:3333", "local_name"),
    ("pool.invalid:3333", "local_name"),
    ("pool.example:3333", "local_name"),
    ("wiki.corp:3333", "local_name"),
    ("0x7f:3333", "numeric_host"),
    ("0x7g:3333", "local_name"),
    // IPv4 addresses that are not public.
    ("0.0.0.0:3333", "unspecified"),
    ("0.1.2.3:3333", "unspecified"),
    ("10.0.0.1:3333", "private"),
    ("10.255.255.255:3333", "private"),
    ("172.16.0.1:3333", "private"),
    ("172.31.255.255:3333", "private"),
    ("192.168.0.1:3333", "private"),
    ("192.168.255.255:3333", "private"),
    ("127.0.0.1:3333", "loopback"),
    ("127.255.255.254:3333", "loopback"),
    ("stratum+tcp://127.0.0.1:443", "loopback"),
    ("169.254.0.1:3333", "link_local"),
    ("169.254.169.254:3333", "link_local"),
    ("169.254.170.2:3333", "link_local"),
    ("100.64.0.1:3333", "shared"),
    ("100.100.100.200:3333", "shared"),
    ("100.127.255.255:3333", "shared"),
    ("192.0.0.1:3333", "protocol"),
    ("192.0.0.192:3333", "protocol"),
    ("192.0.2.1:3333", "documentation"),
    ("198.51.100.1:3333", "documentation"),
    ("203.0.113.255:3333", "documentation"),
    ("198.18.0.1:3333", "benchmarking"),
    ("198.19.255.255:3333", "benchmarking"),
    ("192.88.99.1:3333", "six_to_four"),
    ("192.31.196.1:3333", "infrastructure"),
    ("192.52.193.1:3333", "infrastructure"),
    ("192.175.48.1:3333", "infrastructure"),
    ("168.63.129.16:3333", "infrastructure"),
    ("224.0.0.1:3333", "multicast"),
    ("239.255.255.255:3333", "multicast"),
    ("240.0.0.1:3333", "reserved"),
    ("255.255.255.254:3333", "reserved"),
    ("255.255.255.255:3333", "broadcast"),
    // IPv6 addresses that are not public.
    ("[::]:3333", "unspecified"),
    ("[0:0:0:0:0:0:0:0]:3333", "unspecified"),
    ("[::1]:3333", "loopback"),
    ("[0000:0000:0000:0000:0000:0000:0000:0001]:3333", "loopback"),
    ("[::0.0.0.1]:3333", "loopback"),
    ("[::ffff:127.0.0.1]:3333", "mapped"),
    ("[::ffff:7f00:1]:3333", "mapped"),
    ("[::FFFF:8.8.8.8]:3333", "mapped"),
    ("[0:0:0:0:0:ffff:a9fe:a9fe]:3333", "mapped"),
    ("[::ffff:0:127.0.0.1]:3333", "mapped"),
    ("[::127.0.0.1]:3333", "compatible"),
    ("[::8.8.8.8]:3333", "compatible"),
    ("[::2]:3333", "compatible"),
    ("[64:ff9b::127.0.0.1]:3333", "nat64"),
    ("[64:ff9b::8.8.8.8]:3333", "nat64"),
    ("[64:ff9b::a9fe:a9fe]:3333", "nat64"),
    ("[64:ff9b:1::1]:3333", "nat64"),
    ("[64:ff9b:1:ffff::a00:1]:3333", "nat64"),
    ("[64:ff9b:2::1]:3333", "reserved"),
    ("[100::1]:3333", "discard"),
    ("[100:0:0:1::1]:3333", "discard"),
    ("[100:0:0:2::1]:3333", "reserved"),
    ("[2001::1]:3333", "teredo"),
    ("[2001:0:4136:e378:8000:63bf:3fff:fdd2]:3333", "teredo"),
    ("[2001:1::1]:3333", "protocol"),
    ("[2001:2::1]:3333", "benchmarking"),
    ("[2001:3::1]:3333", "protocol"),
    ("[2001:4:112::1]:3333", "protocol"),
    ("[2001:10::1]:3333", "orchid"),
    ("[2001:2f:ffff::1]:3333", "orchid"),
    ("[2001:30::1]:3333", "protocol"),
    ("[2001:1ff:ffff::1]:3333", "protocol"),
    ("[2001:200::1]:3333", "ok"),
    ("[2001:db8::1]:3333", "documentation"),
    ("[2001:db9::1]:3333", "ok"),
    ("[3fff::1]:3333", "documentation"),
    ("[3fff:fff:ffff::1]:3333", "documentation"),
    ("[2002:7f00:1::]:3333", "six_to_four"),
    ("[2002:a9fe:a9fe::1]:3333", "six_to_four"),
    ("[2003::1]:3333", "ok"),
    ("[2620:4f:8000::1]:3333", "infrastructure"),
    ("[3ffe::1]:3333", "reserved"),
    ("[4000::1]:3333", "reserved"),
    ("[1fff::1]:3333", "reserved"),
    ("[5f00::1]:3333", "segment_routing"),
    ("[fc00::1]:3333", "unique_local"),
    ("[fd00:ec2::254]:3333", "unique_local"),
    ("[fdff:ffff::1]:3333", "unique_local"),
    ("[fe00::1]:3333", "reserved"),
    ("[fe80::1]:3333", "link_local"),
    ("[febf::1]:3333", "link_local"),
    ("[fe80::a9fe:a9fe]:3333", "link_local"),
    ("[fec0::1]:3333", "site_local"),
    ("[feff::1]:3333", "site_local"),
    ("[ff02::1]:3333", "multicast"),
    ("[ff0e::1]:3333", "multicast"),
    (
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:3333",
        "multicast",
    ),
];

#[tokio::test]
async fn adversarial_addresses() {
    let mut wrong = Vec::new();
    for (text, wanted) in CASES {
        let got = outcome(text).await;
        if got != *wanted {
            wrong.push(format!("{text:?}: {got}, not {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(CASES.len() >= 200, "{}", CASES.len());
    let mut texts: Vec<_> = CASES.iter().map(|(text, _)| text).collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), CASES.len(), "a case stands twice");
}

#[tokio::test]
async fn lengths_are_bounded() {
    let name = |labels: usize, last: usize| {
        let mut name = format!("{}.", "a".repeat(63)).repeat(labels);
        name.push_str(&"b".repeat(last));
        name
    };
    let longest = name(3, 61);
    assert_eq!(longest.len(), NAME_MAX);
    for (text, wanted) in [
        (format!("{longest}:65535"), "ok"),
        (format!("stratum+tcp://{longest}:65535"), "ok"),
        (format!("{}:3333", name(3, 62)), "too_long"),
        (format!("{}.net:3333", "a".repeat(63)), "ok"),
        (format!("{}.net:3333", "a".repeat(64)), "label"),
        (format!("{}:3333", "a".repeat(1 << 20)), "too_long"),
        (format!("pool.net:{}", "3".repeat(300)), "too_long"),
        ("[".repeat(280), "ipv6"),
        (":".repeat(280), "bare_ipv6"),
    ] {
        assert_eq!(outcome(&text).await, wanted, "{} characters", text.len());
    }
}

#[test]
fn what_is_printed_is_read_again() {
    for (text, outcome) in CASES {
        let Ok(address) = PoolAddress::parse(text) else {
            assert_ne!(*outcome, "ok", "{text:?}");
            continue;
        };
        let printed = address.to_string();
        assert_eq!(PoolAddress::parse(&printed), Ok(address), "{text:?}");
        assert!(
            !printed.bytes().any(|b| b.is_ascii_uppercase()),
            "{printed}"
        );
    }
}

#[test]
fn any_bytes_are_an_address_or_an_error() {
    // A small generator: the same texts on every run.
    let alphabet: Vec<char> = "0123456789abcdefx.:[]/@%-\\ \0é+st#?".chars().collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..50_000 {
        let mut text = String::new();
        for _ in 0..state % 24 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let index = usize::try_from(state >> 33).unwrap() % alphabet.len();
            text.push(alphabet[index]);
        }
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        if let Ok(address) = PoolAddress::parse(&text) {
            assert_eq!(PoolAddress::parse(&address.to_string()), Ok(address));
        }
    }
}
