use super::*;
use crate::pools::Special;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Answers one after the other, the last one for ever.
pub(crate) struct Answers {
    all: Vec<Result<Vec<IpAddr>, ResolveError>>,
    asked: AtomicUsize,
}

impl Answers {
    pub(crate) fn new(answers: &[&[&str]]) -> Self {
        let ips = |texts: &&[&str]| Ok(texts.iter().map(|text| text.parse().unwrap()).collect());
        Self {
            all: answers.iter().map(ips).collect(),
            asked: AtomicUsize::new(0),
        }
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Resolver for Answers {
    async fn addresses(&self, _name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        self.all[number.min(self.all.len() - 1)].clone()
    }
}

async fn resolved(answer: &[&str]) -> Result<Vec<SocketAddr>, AddressError> {
    let pool = PoolAddress::parse("pool.net:3333").unwrap();
    resolve(&pool, &PoolPolicy::default(), &Answers::new(&[answer])).await
}

#[tokio::test]
async fn one_bad_address_refuses_the_name() {
    let good = resolved(&["2606:4700::1", "1.1.1.1", "1.0.0.1", "1.1.1.1"]).await;
    let first = good.unwrap();
    assert!(first[0].is_ipv4() && first[first.len() - 1].is_ipv6());
    for (answer, wanted) in [
        (&["127.0.0.1"][..], Special::Loopback),
        (&["1.1.1.1", "10.0.0.1"], Special::Private),
        (&["1.1.1.1", "169.254.169.254"], Special::LinkLocal),
        (&["1.1.1.1", "::ffff:10.0.0.1"], Special::Mapped),
        (&["1.1.1.1", "64:ff9b::a00:1"], Special::Nat64),
        (&["2606:4700::1", "2002:a00:1::"], Special::SixToFour),
        (&["fd00::1", "1.1.1.1"], Special::UniqueLocal),
        (&["0.0.0.0"], Special::Unspecified),
    ] {
        assert_eq!(resolved(answer).await, Err(AddressError::NotPublic(wanted)));
    }
}

#[tokio::test]
async fn answers_are_bounded_in_number() {
    let many: Vec<String> = (1..=17).map(|number| format!("1.1.1.{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(resolved(&many).await, Err(AddressError::TooManyAnswers));
    assert_eq!(resolved(&many[1..]).await.unwrap().len(), ANSWERS_MAX);
    assert_eq!(resolved(&[]).await, Err(AddressError::NoSuchName));
}

struct Silent;

impl Resolver for Silent {
    async fn addresses(&self, _name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn answers_are_bounded_in_time() {
    let pool = PoolAddress::parse("pool.net:3333").unwrap();
    let patience = Duration::from_millis(50);
    let answer = resolve_within(patience, &pool, &PoolPolicy::default(), &Silent).await;
    assert_eq!(answer, Err(AddressError::NameServer));
}

#[tokio::test]
async fn a_literal_address_asks_no_name_server() {
    let answers = Answers::new(&[&["10.0.0.1"]]);
    let pool = PoolAddress::parse("1.1.1.1:3333").unwrap();
    let sockets = resolve(&pool, &PoolPolicy::default(), &answers).await;
    assert_eq!(sockets, Ok(vec!["1.1.1.1:3333".parse().unwrap()]));
    assert_eq!(answers.asked(), 0);
}
