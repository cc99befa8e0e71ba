//! Hashing shares in a row together.

use super::{ShareRecord, State};
use alloc::{collections::BTreeMap, vec::Vec};
use lanes::{Candidate, Template};

/// The number of a template that there is not.
const UNKNOWN: u32 = u32::MAX;

impl State {
    /// Header hashes of shares in one go, in their order; of a share whose worker or job is not known, whatever. Changes
    /// nothing, and asks nothing that a share in between could change.
    pub(in crate::bundle) fn header_hashes<'a>(
        &self,
        records: impl Iterator<Item = &'a ShareRecord>,
    ) -> Vec<[u8; 32]> {
        let mut templates = Vec::new();
        let mut known: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        let mut candidates = Vec::new();
        for record in records {
            let template = match known.get(&(record.job, record.worker)) {
                Some(template) => *template,
                None => {
                    let number = u32::try_from(templates.len()).unwrap_or(UNKNOWN);
                    let template = self.template(record);
                    let number = template.as_ref().map_or(UNKNOWN, |_| number);
                    templates.extend(template);
                    known.insert((record.job, record.worker), number);
                    number
                }
            };
            candidates.push(self.candidate(template, record));
        }
        let mut hashes = Vec::new();
        lanes::header_hashes(&templates, &candidates, &mut hashes);
        hashes
    }

    fn template(&self, record: &ShareRecord) -> Option<Template> {
        let worker = self.workers.get(record.worker as usize)?;
        let job = &self.live.get(&record.job)?.job;
        let prefix = [&job.coinbase1[..], &worker.extranonce1].concat();
        let size = worker.extranonce2_size;
        let (suffix, branch) = (&job.coinbase2, &job.branch);
        Template::new(&prefix, size, suffix, branch, job.prev_hash, job.nbits)
    }

    fn candidate(&self, template: u32, record: &ShareRecord) -> Candidate {
        let mut extranonce2 = [0; lanes::EXTRANONCE2_MAX];
        extranonce2
            .iter_mut()
            .zip(&record.extranonce2)
            .for_each(|(to, from)| *to = *from);
        let job = self.live.get(&record.job);
        Candidate {
            template,
            extranonce2,
            version: job.map_or(0, |live| live.job.version_with(record.share)),
            ntime: record.share.ntime,
            nonce: record.share.nonce,
        }
    }
}
