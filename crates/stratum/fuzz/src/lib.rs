//! What must hold for any bytes from a socket. libFuzzer runs these with `cargo fuzz`'s conventions; `tests/corpus.rs` of the
//! crate runs them on the corpus, and on mutations of it, with every test run.

use pow::{Job, Share};
use serde_json::value::RawValue;
use stratum::downstream::{notify as notify_line, rolled_version};
use stratum::{
    Downstream, Event, Id, Incoming, Message, NotifyTemplate, Reject, Upstream, accept_into, parse,
    reject_into,
};

/// The codec: a line is read or refused, what is read can be answered, and an id comes back as it came.
pub fn line(bytes: &[u8]) {
    let mut machine = Downstream::new([1, 2]);
    for line in bytes.split(|byte| *byte == b'\n') {
        answered_in_one_line(&machine.receive_bytes(line));
        let Ok(line) = str::from_utf8(line) else {
            continue;
        };
        match parse(line) {
            Ok(None) => assert!(line.trim().is_empty()),
            Ok(Some(Message::Request(request))) => {
                for index in 0..=request.param_count() {
                    let raw = request.raw_param(index);
                    assert_eq!(raw.is_some(), index < request.param_count());
                    let _ = request.param::<String>(index);
                    let _ = raw.and_then(stratum::target_of_difficulty);
                }
                echoed(&request.id);
            }
            Ok(Some(Message::Response(response))) => {
                echoed(&response.id);
                let _ = (response.code(), response.result::<bool>());
                printable(response.reason().as_deref());
            }
            Err(error) => echoed(&error.id),
        }
    }
}

/// A job that a pool sent is the same job when it is sent on, by either writer.
pub fn notify(bytes: &[u8]) {
    let Ok(line) = str::from_utf8(bytes) else {
        return;
    };
    for event in subscribed().receive(line).unwrap_or_default() {
        let Event::Job(job) = event else { continue };
        assert!(job.id.chars().count() <= 64 && job.job.branch.len() <= 32);
        let sent_on = notify_line(&job.id, &job.job, job.clean);
        let mut template = Vec::new();
        NotifyTemplate::new(&job.job).write_into(&job.id, job.clean, &mut template);
        assert_eq!(template, sent_on.as_bytes());
        // A job id of control characters may grow, all else not.
        assert!(sent_on.len() <= line.len() + 6 * 64 + 200);
        let again = subscribed().receive(&sent_on);
        assert_eq!(again, Ok(vec![Event::Job(job.clone())]));
        let share = Share {
            ntime: job.job.ntime,
            nonce: 1,
            version_bits: 0,
        };
        let _ = Job::header(&job.job, &[b"four"], share).hash();
    }
}

/// The short cut for shares and the general reader agree about every line, in every state of a connection.
pub fn submit(bytes: &[u8]) {
    let mut states = [Downstream::new([1, 2]), mining(), mining()];
    states[2].offer_version_mask(0x00ff_e000);
    for line in bytes.split(|byte| *byte == b'\n') {
        for state in &mut states {
            let mut general = state.clone();
            let mut borrowed = state.clone();
            let short_cut = borrowed.read_share(line);
            let found = state.receive_bytes(line);
            answered_in_one_line(&found);
            if let Some(share) = short_cut {
                assert_eq!(found, Incoming::Submit(share.into()));
            }
            let Ok(text) = str::from_utf8(line) else {
                assert!(!matches!(found, Incoming::Submit(_)));
                continue;
            };
            assert_eq!(found, general.receive_unusual(text), "{text}");
            if let Incoming::Submit(submission) = found {
                let bits = submission.share.version_bits.unwrap_or(0);
                assert!(rolled_version(0x2000_0000, bits, state.version_mask()).is_some());
            }
        }
    }
}

/// A pool may say anything: it is an event, or a fault by name, and what is kept of it is bounded and printable.
pub fn upstream(bytes: &[u8]) {
    let mut upstream = subscribed();
    for tag in 0..3 {
        let line = upstream.submit(tag, "j", &[0; 8], 1, 2, Some(0x2000));
        assert!(line.is_ok_and(|line| !line.contains('\n')));
    }
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(line) = str::from_utf8(line) else {
            continue;
        };
        let before = upstream.unanswered().count();
        let Ok(events) = upstream.receive(line) else {
            return;
        };
        assert!(events.len() <= 1);
        for event in events {
            match event {
                Event::ShareAnswer {
                    tag,
                    accepted,
                    reason,
                } => {
                    assert_eq!(upstream.unanswered().count() + 1, before);
                    printable(Some(&reason));
                    let full = upstream.share_answer().expect("it was just answered");
                    assert_eq!((full.tag, full.accepted), (tag, accepted));
                    assert!(!accepted || (full.code.is_none() && full.reason.is_none()));
                    printable(full.reason.as_deref());
                }
                Event::ReconnectAsked => {
                    let asked = upstream.reconnect().expect("it was just asked");
                    assert!(
                        asked
                            .host
                            .as_ref()
                            .is_none_or(|host| host.chars().count() <= 253)
                    );
                    assert!(
                        !asked.stays_at("another.example") || asked.host.is_none() || !asked.odd
                    );
                }
                Event::Reply(line) => assert!(!line.contains('\n')),
                Event::AuthorizeRefused(reason) => printable(Some(&reason)),
                _ => assert_eq!(upstream.unanswered().count(), before),
            }
        }
    }
}

fn mining() -> Downstream {
    let mut machine = Downstream::new([1, 2]);
    machine.receive(r#"{"id":1,"method":"mining.subscribe","params":[]}"#);
    machine.authorized("host.rig1");
    machine
}

fn subscribed() -> Upstream {
    let mut upstream = Upstream::new("buyer.assay", "x", "assay/0.1");
    let answer = r#"{"id":2,"result":[[["mining.notify","a"]],"f00dcafe",8],"error":null}"#;
    assert!(upstream.receive(answer).is_ok());
    upstream
}

fn answered_in_one_line(answer: &Incoming) {
    if let Incoming::Reply(line) | Incoming::Refuse { line, .. } | Incoming::ReplyThenClose(line) =
        answer
    {
        assert!(!line.contains('\n'));
        // An id comes back as it was written, a number beyond all doubles too, which is JSON all the same.
        assert!(serde_json::from_str::<&RawValue>(line).is_ok(), "{line}");
    }
}

fn echoed(id: &Id) {
    for write in [accept_into, |id: &Id, out: &mut Vec<u8>| {
        reject_into(id, Reject::Duplicate, out)
    }] {
        let mut out = Vec::new();
        write(id, &mut out);
        match parse(str::from_utf8(&out).expect("we write UTF-8")) {
            Ok(Some(Message::Response(response))) => assert_eq!(response.id, *id),
            other => panic!("{other:?}"),
        }
    }
}

fn printable(text: Option<&str>) {
    if let Some(text) = text {
        assert!(text.chars().count() <= 200 && !text.chars().any(char::is_control));
    }
}
