//! The sessions with a pool that leaves too little extranonce2 to be shared: one for each machine.

use super::{Ended, Next, Session, Sessions, patience::BackOff};
use crate::{
    pools::Resolver,
    stratum::{
        berths::{BERTHS_MAX, Berths},
        delivery::{Delivery, FORWARD_QUEUE, Forward},
    },
};
use futures::{
    StreamExt,
    future::{BoxFuture, OptionFuture},
    stream::FuturesUnordered,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use tokio_util::sync::CancellationToken;

/// How often sessions that nobody needs are looked for.
const LOOK: Duration = Duration::from_secs(5);

/// A session's end: none where it was not needed any more.
type Over = (u64, Option<Ended>);

/// The sessions that are up.
struct Running<'a> {
    all: FuturesUnordered<BoxFuture<'a, Over>>,
    by_number: BTreeMap<u64, Line>,
}

/// To one of them.
struct Line {
    shares: mpsc::Sender<Forward>,
    over: CancellationToken,
}

/// No machine has a berth once the sessions are left.
struct Closing<'a>(&'a Berths);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close_all();
    }
}

/// Serves the first session and opens another for each machine that waits for one. Ends with the last session.
pub(super) async fn serve<'a, R: Resolver>(
    sessions: &Sessions<'a, R>,
    first: Session<'a>,
    at: Next,
    shares: &mut mpsc::Receiver<Forward>,
) -> Ended {
    let delivery = sessions.delivery;
    let berths = delivery.berths();
    let _closing = Closing(berths);
    let mut running = Running::default();
    running.add(first, sessions);
    let mut back_off = BackOff::new(sessions.access.patience);
    let mut not_before = Instant::now();
    let mut opening = OptionFuture::default();
    let mut is_opening = false;
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        if !is_opening && running.wants_one_more(berths) {
            opening = Some(Box::pin(async move {
                sleep_until(not_before).await;
                sessions.open(at).await
            }))
            .into();
            is_opening = true;
        }
        tokio::select! {
            Some(share) = shares.recv() => running.send_on(share, delivery),
            Some((number, why)) = running.all.next() => {
                running.by_number.remove(&number);
                berths.close(number);
                if running.all.is_empty() {
                    return why.unwrap_or(Ended::Closed);
                }
                if let Some(why) = why {
                    sessions.failed(at.pool, &why);
                    not_before = Instant::now() + back_off.pause();
                }
                delivery.look_again();
            }
            Some(opened) = &mut opening, if is_opening => {
                is_opening = false;
                let opened = opened.and_then(|session| match session.is_for_one_machine() {
                    true => Ok(session),
                    false => Err(Ended::Resized),
                });
                match opened {
                    Ok(session) => {
                        delivery.reached(at.pool);
                        running.add(session, sessions);
                    }
                    Err(why) => {
                        sessions.failed(at.pool, &why);
                        not_before = Instant::now() + back_off.pause();
                    }
                }
            }
            () = berths.wanted() => {}
            _ = look.tick() => {
                running.end_idle(berths);
                running.end_unworked(berths, Instant::now());
                if !running.wants_one_more(berths) {
                    back_off.reset();
                }
            }
        }
    }
}

impl Default for Running<'_> {
    fn default() -> Self {
        Self {
            all: FuturesUnordered::new(),
            by_number: BTreeMap::new(),
        }
    }
}

impl<'a> Running<'a> {
    fn add<R: Resolver>(&mut self, mut session: Session<'a>, sessions: &Sessions<'a, R>) {
        let (access, number) = (sessions.access, session.number());
        let (to, mut shares) = mpsc::channel(FORWARD_QUEUE);
        let over = CancellationToken::new();
        let line = Line {
            shares: to,
            over: over.clone(),
        };
        self.by_number.insert(number, line);
        self.all.push(Box::pin(async move {
            tokio::select! {
                why = session.serve(&mut shares, access) => (number, Some(why)),
                () = over.cancelled() => (number, None),
            }
        }));
    }

    fn wants_one_more(&self, berths: &Berths) -> bool {
        self.all.len() < BERTHS_MAX && berths.are_too_few(self.all.len())
    }

    /// On the connection that the share's job came from.
    fn send_on(&self, share: Forward, delivery: &Delivery) {
        let line = self.by_number.get(&share.connection);
        let sent = line.is_some_and(|line| line.shares.try_send(share).is_ok());
        if !sent {
            delivery.stats().not_sent += 1;
        }
    }

    /// Where no more can be opened, those whose machine delivers nothing make room for the machines that wait.
    fn end_unworked(&self, berths: &Berths, now: Instant) {
        if self.all.len() < BERTHS_MAX {
            return;
        }
        // The last stays: without it the contract would have no pool.
        for number in berths.give_up(self.all.len().saturating_sub(1), now) {
            if let Some(line) = self.by_number.get(&number) {
                line.over.cancel();
            }
        }
    }

    /// All but the last, with which the contract would have no pool.
    fn end_idle(&self, berths: &Berths) {
        let most = self.all.len().saturating_sub(1);
        for number in berths.idle().into_iter().take(most) {
            if let Some(line) = self.by_number.get(&number) {
                line.over.cancel();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stratum::berths::tests as tests_of_berths;
    use std::{future::pending, sync::Arc};

    #[test]
    fn sessions_are_opened_for_those_that_wait_up_to_the_most() {
        let berths = Berths::new(Arc::default());
        let running = Running::default();
        running.all.push(Box::pin(pending()));
        assert!(!running.wants_one_more(&berths));
        for machine in 0..100 {
            assert!(berths.claim([0, machine]).is_none());
        }
        for _ in 1..BERTHS_MAX {
            assert!(running.wants_one_more(&berths));
            running.all.push(Box::pin(pending()));
        }
        assert!(!running.wants_one_more(&berths));
        assert_eq!(running.all.len(), 64, "the documents say so");
    }

    #[test]
    fn where_all_sessions_are_taken_an_unworked_one_is_ended() {
        let berths = Berths::new(Arc::default());
        let mut running = Running::default();
        let mut lines = Vec::new();
        let mut machines = Vec::new();
        for number in 0..u64::try_from(BERTHS_MAX).unwrap() {
            let end = [7, u8::try_from(number).unwrap()];
            tests_of_berths::open(&berths, number, end);
            machines.push(berths.claim([0, end[1]]));
            assert!(berths.job_for(end).is_some());
            let over = CancellationToken::new();
            lines.push(over.clone());
            let (shares, _) = mpsc::channel(1);
            running.by_number.insert(number, Line { shares, over });
        }
        let ended = || lines.iter().filter(|over| over.is_cancelled()).count();
        let later = Instant::now() + Duration::from_secs(120);
        assert!(berths.claim([0, 200]).is_none());
        for _ in 1..BERTHS_MAX {
            running.all.push(Box::pin(pending()));
            running.end_unworked(&berths, later);
        }
        assert_eq!(ended(), 0, "another one can be opened");
        running.all.push(Box::pin(pending()));
        running.end_unworked(&berths, Instant::now());
        assert_eq!(ended(), 0, "each has its time");
        running.end_unworked(&berths, later);
        assert_eq!(ended(), 1);
    }
}
