//! How long the lines take that there are most of. `cargo test --release -p stratum --test speed -- --ignored --nocapture`

use pow::Job;
use std::hint::black_box;
use std::time::Instant;
use stratum::downstream::notify;
use stratum::{Downstream, ExtranonceSpace, Incoming, NotifyTemplate, accept, accept_into};

const ROUNDS: u32 = 200;
const SAMPLES: u32 = 2_000;
const LINE: &str = r#"{"params": ["host.rig1", "1f3", "0a0b0c0d", "6553f100", "deadbeef", "00ffe000"], "id": 1203, "method": "mining.submit"}"#;

/// The best of many short samples: other work on the machine only adds.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a measurement"
)]
fn nanoseconds(what: &str, mut work: impl FnMut()) {
    let sample = |_| {
        let start = Instant::now();
        (0..ROUNDS).for_each(|_| work());
        start.elapsed().as_nanos() / u128::from(ROUNDS)
    };
    let best = (0..SAMPLES).map(sample).min().unwrap_or(0);
    eprintln!("{what}: {best} ns");
}

#[test]
#[ignore = "a measurement, for a release build"]
fn speed() {
    let mut machine = Downstream::new([1, 2]);
    machine.receive(r#"{"id":1,"method":"mining.subscribe"}"#);
    machine.authorized("host.rig1");
    let mut out = Vec::with_capacity(64 * 1024);

    nanoseconds("submit, general reader, answer as a String", || {
        let Incoming::Submit(found) = machine.receive_unusual(black_box(LINE)) else {
            panic!()
        };
        black_box(accept(&found.id));
    });
    nanoseconds(
        "submit, short cut with owned fields, answer appended",
        || {
            let Incoming::Submit(found) = machine.receive_bytes(black_box(LINE.as_bytes())) else {
                panic!()
            };
            out.clear();
            accept_into(&black_box(found).id, &mut out);
        },
    );
    nanoseconds("submit, borrowed, answer appended", || {
        let found = machine.read_share(black_box(LINE.as_bytes())).unwrap();
        out.clear();
        accept_into(&black_box(found).id, &mut out);
    });

    let job = Job {
        version: 0x2000_0000,
        prev_hash: [1; 32],
        coinbase1: vec![2; 80],
        coinbase2: vec![3; 150],
        branch: vec![[4; 32]; 12],
        nbits: 0x1705_dd01,
        ntime: 0x6553_f100,
    };
    let space = ExtranonceSpace::new(&[5; 4], 8).unwrap();
    nanoseconds("notify, each line written anew", || {
        black_box(notify(
            "1f3",
            &space.variant(7).unwrap().downstream_job(black_box(&job)),
            true,
        ));
    });
    let template = NotifyTemplate::in_space(&job, &space);
    nanoseconds("notify, from the job's template", || {
        out.clear();
        black_box(template.write_variant_into("1f3", black_box(7), true, &mut out));
    });
}
