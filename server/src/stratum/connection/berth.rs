//! A machine's way into a session of its own, with a pool that leaves too little extranonce2 to be shared.

use super::Connection;
use crate::{
    clock,
    stratum::prefixes::{Kept, Prefix},
};
use std::{sync::Arc, time::Duration};
use stratum::{MACHINE_EXTRANONCE2_SIZE, downstream};
use tokio::time::Instant;

/// A machine that understands `mining.set_extranonce` says so within this time of its connection.
const GRACE: Duration = Duration::from_secs(2);
/// One that was asked to come back and stays is cut off: then it comes back.
const LEAVE: Duration = Duration::from_secs(5);
/// One that has come back and was given other work than it came for is not asked again so soon.
const REST: Duration = Duration::from_secs(60);

impl Connection {
    /// The job of the machine's own session, or another step towards one.
    pub(super) fn next_own_job(&mut self) {
        let Some(delivery) = self.machine.delivery().cloned() else {
            return;
        };
        if let Some(job) = delivery.job_for(self.machine.prefix()) {
            if !self.machine.has(&job) {
                self.give(|machine, session, lines| {
                    machine.notify(session, &job, clock::now(), lines);
                });
            }
            return;
        }
        self.machine.strand(clock::now());
        let can_move = self.session.wants_extranonce();
        if self.asked_back.is_some() || !(can_move || self.may_be_asked_back()) {
            return;
        }
        let Some(account) = self.machine.login().map(|login| login.account) else {
            return;
        };
        let Some(prefix) = delivery.berths().claim(self.machine.prefix()) else {
            return;
        };
        if can_move {
            let bytes = prefix.bytes();
            self.move_to(prefix);
            if let Some(job) = delivery.job_for(bytes) {
                self.give(|machine, session, lines| {
                    machine.notify(session, &job, clock::now(), lines);
                });
            }
        } else {
            let kept = Kept::asked(self.seat.address, account, prefix);
            self.seat.prefixes().keep(kept);
            self.asked_back = Some(Instant::now());
            self.say(&downstream::reconnect());
        }
    }

    /// With `mining.set_extranonce`, which nobody needs that does not know its extranonce1 yet.
    fn move_to(&mut self, prefix: Arc<Prefix>) {
        let bytes = prefix.bytes();
        self.machine.move_to(bytes, clock::now());
        self.session.move_to(bytes);
        self.seat.prefix = prefix;
        if self.session.is_subscribed() {
            self.say(&downstream::set_extranonce(
                &bytes,
                MACHINE_EXTRANONCE2_SIZE,
            ));
        }
    }

    /// The prefix is kept for a machine of another account: this one gets another, or has to come back for it.
    pub(super) fn give_back(&mut self) {
        self.seat.was_asked = false;
        let can_move = !self.session.is_subscribed() || self.session.wants_extranonce();
        let other = self.seat.prefixes().take().filter(|_| can_move);
        match other {
            Some(prefix) => self.move_to(prefix),
            None => {
                self.asked_back = Some(Instant::now());
                self.say(&downstream::reconnect());
            }
        }
    }

    /// A machine that has no work looks again: it may have said what it understands, or be asked now.
    pub(super) fn look_for_berth(&mut self) {
        let latest = self.jobs.as_ref().and_then(|jobs| jobs.borrow().clone());
        if latest.is_some_and(|job| job.space.required_prefix().is_some()) {
            self.next_own_job();
        }
    }

    fn may_be_asked_back(&self) -> bool {
        let rest = if self.seat.was_asked { REST } else { GRACE };
        self.began.elapsed() >= rest
    }

    pub(super) fn stays_though_asked(&self) -> bool {
        self.asked_back
            .is_some_and(|asked| asked.elapsed() >= LEAVE)
    }
}
