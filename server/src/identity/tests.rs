use super::*;
use api::{Caller, ErrorCode, NewToken, Scope};
use market::Settings;
use tempfile::TempDir;
use units::{Hashrate, Millis, Price};

const PASSWORD: &str = "a password of the tests";
const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

async fn exchange(store: &Store) -> Exchange {
    let settings = Settings {
        lot: Hashrate::new(1),
        tick: Price::new(1),
        fee_bps: 100,
        epoch_length: Millis::new(60_000),
        limits: market::Limits::default(),
    };
    Exchange::start(store.clone(), settings).await.unwrap()
}

async fn identity() -> (Identity, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let exchange = exchange(&store).await;
    (start(store, exchange).await, folder)
}

async fn start(store: Store, exchange: Exchange) -> Identity {
    let config = IdentityConfig::default();
    let machines = MachineTokens::load(store.clone()).await.unwrap();
    let identity = Identity::start(store, exchange, config, machines).await;
    identity.unwrap()
}

fn known(identity: &Identity, name: &str) -> bool {
    let account = name.parse().unwrap();
    identity
        .exchange
        .read(|market| market.account_exists(&account))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signed_up_is_known_until_he_signs_out() {
    let (identity, _folder) = identity().await;
    let first = identity.sign_up(PEER, " alice ", PASSWORD.into()).await;
    let first = first.unwrap_or_else(|why| panic!("{why}"));
    let alice = Caller::Known {
        account: "alice".parse().unwrap(),
        scope: Scope::Owner,
    };
    assert!(known(&identity, "alice"));
    assert_eq!(identity.by_session(&first.token).await, Ok(alice));
    let second = identity.sign_in(PEER, "alice", PASSWORD.into()).await;
    let second = second.unwrap_or_else(|why| panic!("{why}"));
    identity.sign_out(&first.token).await.unwrap();
    assert_eq!(
        identity.by_session(&first.token).await,
        Ok(Caller::Stranger)
    );
    assert_eq!(identity.by_session(&second.token).await, Ok(alice));
    let account = alice.account().unwrap();
    identity.sign_out_everywhere(&account).await.unwrap();
    assert_eq!(
        identity.by_session(&second.token).await,
        Ok(Caller::Stranger)
    );
    let strange = Secret::new().unwrap();
    assert_eq!(identity.by_session(&strange).await, Ok(Caller::Stranger));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_twenty_first_session_ends_the_first() {
    let (identity, _folder) = identity().await;
    let mut sessions = Vec::new();
    let opened = identity.sign_up(PEER, "alice", PASSWORD.into()).await;
    sessions.extend(opened.ok());
    let account = "alice".parse().unwrap();
    for _ in 0..20 {
        sessions.extend(identity.open_session(account).await.ok());
    }
    assert_eq!(sessions.len(), 21);
    let mut live = Vec::new();
    for session in &sessions {
        live.push(identity.by_session(&session.token).await.unwrap() != Caller::Stranger);
    }
    assert_eq!(live.iter().filter(|live| **live).count(), 20);
    assert!(!live[0]);
}

/// What `kill -9` leaves between the two writes of a sign-up.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_that_was_cut_off_is_finished_by_signing_in_and_by_the_next_start() {
    let (identity, folder) = identity().await;
    for name in ["alice", "bob"] {
        let credential = identity.hasher.hash(PASSWORD.into()).await.unwrap();
        let account = name.parse().unwrap();
        let now = crate::clock::now();
        let written = identity.store.insert_credential(&account, &credential, now);
        assert!(written.await.unwrap());
        assert!(!known(&identity, name));
    }
    // Nobody else gets the name, and who has the password gets the account.
    let other = identity.sign_up(PEER, "alice", "another password".into());
    assert_eq!(other.await.err().unwrap().code, ErrorCode::Conflict);
    assert!(
        identity
            .sign_in(PEER, "alice", PASSWORD.into())
            .await
            .is_ok()
    );
    assert!(known(&identity, "alice") && !known(&identity, "bob"));
    drop(identity);
    let store = Store::open(folder.path()).await.unwrap();
    let exchange = exchange(&store).await;
    let identity = start(store, exchange).await;
    assert!(known(&identity, "bob"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_password_is_nobodys_to_take() {
    let (identity, _folder) = identity().await;
    let account = "north-host".parse().unwrap();
    identity.open_account(account).await.unwrap();
    let taken = identity.sign_up(PEER, "north-host", PASSWORD.into()).await;
    assert_eq!(taken.err().unwrap().code, ErrorCode::Conflict);
    let inside = identity.sign_in(PEER, "north-host", String::new()).await;
    assert_eq!(inside.err().unwrap().code, ErrorCode::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_slowed_down_and_unknown_names_are_answered_like_known_ones() {
    let (mut identity, _folder) = identity().await;
    // So long that no load on the machine reaches its end.
    identity.names = Slowdown::new(Rule {
        first: Duration::from_secs(3_600),
        most: Duration::from_secs(3_600),
        ..NAME_RULE
    });
    assert!(
        identity
            .sign_up(PEER, "alice", PASSWORD.into())
            .await
            .is_ok()
    );
    let mut answers = Vec::new();
    for name in ["alice", "nobody"] {
        let mut of_name = Vec::new();
        for _ in 0..7 {
            let answer = identity.sign_in(PEER, name, "wrong".into()).await;
            of_name.push(answer.err().unwrap().code);
        }
        answers.push(of_name);
    }
    assert_eq!(answers[0][0], ErrorCode::Unauthenticated);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0][6], ErrorCode::TooManyRequests);
    // The right password has to wait as well, or it could be told from wrong ones.
    let right = identity.sign_in(PEER, "alice", PASSWORD.into()).await;
    assert_eq!(right.err().unwrap().code, ErrorCode::TooManyRequests);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_works_in_its_scope_and_ends() {
    let (identity, _folder) = identity().await;
    assert!(
        identity
            .sign_up(PEER, "alice", PASSWORD.into())
            .await
            .is_ok()
    );
    let owner: AccountId = "alice".parse().unwrap();
    let new = |name: &str, scope| NewToken {
        name: name.into(),
        scope,
    };
    let made = identity.make_token(&owner, new("bot", Scope::Trade)).await;
    let made = made.unwrap();
    assert!(made.secret.starts_with("assay_"));
    assert!(!format!("{made:?}").contains(&made.secret));
    let caller = identity.by_token(&made.secret).await;
    let trade = Caller::Known {
        account: owner,
        scope: Scope::Trade,
    };
    assert_eq!(caller, Ok(trade));
    let listed = identity.tokens(&owner).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].last_used_at_ms.is_some());
    for (bad, field) in [
        (new("", Scope::Read), "name"),
        (new(&"x".repeat(41), Scope::Read), "name"),
        (new("bot", Scope::Read), "name"),
        (new("other", Scope::Owner), "scope"),
    ] {
        let refused = identity.make_token(&owner, bad).await.unwrap_err();
        assert_eq!(refused.field.as_deref(), Some(field), "{refused:?}");
    }
    // Another's token is not there for anybody else.
    let stranger: AccountId = "bob".parse().unwrap();
    let id = made.token.id;
    assert!(identity.revoke_token(&stranger, id).await.is_err());
    identity.revoke_token(&owner, id).await.unwrap();
    assert_eq!(identity.by_token(&made.secret).await, Ok(Caller::Stranger));
    for nonsense in ["", "assay_", "assay_00", &made.secret[6..]] {
        assert_eq!(identity.by_token(nonsense).await, Ok(Caller::Stranger));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_token_is_the_password_of_its_accounts_machines_and_nothing_else() {
    let (identity, folder) = identity().await;
    for name in ["alice", "bob"] {
        let opened = identity.sign_up(PEER, name, PASSWORD.into()).await;
        assert!(opened.is_ok());
    }
    let [alice, bob]: [AccountId; 2] = ["alice", "bob"].map(|name| name.parse().unwrap());
    let make = async |owner, name: &str, scope| {
        let name = name.into();
        let made = identity.make_token(&owner, NewToken { name, scope }).await;
        made.unwrap()
    };
    let trade = make(alice, "bot", Scope::Trade).await;
    let machines = &identity.machines;
    let admit = |machines: &MachineTokens, account: &AccountId, password: &str| {
        machines.admit(account, MachineKey::of(password))
    };
    for any in ["", "x", &trade.secret] {
        assert!(admit(machines, &alice, any), "{any}");
    }
    let [one, two] = [
        make(alice, "one", Scope::Machine).await,
        make(alice, "two", Scope::Machine).await,
    ];
    let of_bob = make(bob, "one", Scope::Machine).await;
    for right in [&one.secret, &two.secret, &format!(" {}\t", one.secret)] {
        assert!(admit(machines, &alice, right), "{right}");
    }
    let zeros = format!("assay_{}", "0".repeat(64));
    let (bare, half) = (&one.secret[6..], &one.secret[..40]);
    let others = [&trade.secret, &of_bob.secret, &zeros];
    let others = others.map(String::as_str).into_iter();
    for wrong in others.chain(["", "x", "assay_", bare, half]) {
        assert!(!admit(machines, &alice, wrong), "{wrong}");
    }
    // Over HTTP it is known for what it is, and its use is not noted.
    let caller = identity.by_token(&one.secret).await;
    let (account, scope) = (alice, Scope::Machine);
    assert_eq!(caller, Ok(Caller::Known { account, scope }));
    let listed = identity.tokens(&alice).await.unwrap();
    let listed = listed.iter().filter(|token| token.scope == scope);
    assert!(listed.clone().all(|token| token.last_used_at_ms.is_none()));
    assert_eq!(listed.count(), 2);

    let strangers = identity.revoke_token(&bob, one.token.id).await;
    assert!(strangers.is_err() && admit(machines, &alice, &one.secret));
    identity.revoke_token(&alice, one.token.id).await.unwrap();
    let of_next_start = Store::open(folder.path()).await.unwrap();
    let of_next_start = MachineTokens::load(of_next_start).await.unwrap();
    for machines in [machines, &of_next_start] {
        assert!(!admit(machines, &alice, &one.secret));
        assert!(!admit(machines, &alice, "x"));
        assert!(admit(machines, &alice, &two.secret));
        assert!(admit(machines, &bob, &of_bob.secret));
    }
    // Without one any password will do again.
    identity.revoke_token(&alice, two.token.id).await.unwrap();
    assert!(admit(machines, &alice, "x") && !admit(machines, &bob, "x"));
}

#[test]
fn an_ipv6_customer_is_one_address() {
    let same = |a: &str, b: &str| network(a.parse().unwrap()) == network(b.parse().unwrap());
    assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
    assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    assert!(same("192.0.2.1", "::ffff:192.0.2.1"));
    assert!(!same("192.0.2.1", "192.0.2.2"));
}
