//! A new block goes to every machine at once: what their lines share is written once.

use super::swap_words;
use crate::ExtranonceSpace;
use crate::codec::json_into;
use crate::hex;
use pow::Job;
use std::io::Write;

/// A job's `mining.notify` but for what differs between machines: the job id, the padding's variant, and `clean`.
#[derive(Clone, Debug)]
pub struct NotifyTemplate {
    /// From after the job id to the padding.
    head: Vec<u8>,
    /// Bytes of padding.
    padding: usize,
    /// From after the padding to before `clean`.
    tail: Vec<u8>,
}

impl NotifyTemplate {
    /// Of a downstream job, which has no padding that could still be chosen: variant 0 alone.
    #[must_use]
    pub fn new(job: &Job) -> Self {
        Self::with_padding(job, &[], 0)
    }

    /// Of a pool's job, for all variants of `space` (see [`ExtranonceSpace::variant`]).
    #[must_use]
    pub fn in_space(job: &Job, space: &ExtranonceSpace) -> Self {
        Self::with_padding(job, space.moved_extranonce1(), space.padding().len())
    }

    fn with_padding(job: &Job, extranonce1: &[u8], padding: usize) -> Self {
        let mut head = b",\"".to_vec();
        hex::encode_into(&swap_words(job.prev_hash), &mut head);
        head.extend_from_slice(b"\",\"");
        hex::encode_into(&job.coinbase1, &mut head);
        hex::encode_into(extranonce1, &mut head);
        let mut tail = b"\",\"".to_vec();
        hex::encode_into(&job.coinbase2, &mut tail);
        tail.extend_from_slice(b"\",[");
        for (place, hash) in job.branch.iter().enumerate() {
            tail.extend_from_slice(if place == 0 { b"\"" } else { b",\"" });
            hex::encode_into(hash, &mut tail);
            tail.push(b'"');
        }
        let (version, nbits, ntime) = (job.version, job.nbits, job.ntime);
        // Writing to a Vec cannot fail.
        let _ = write!(tail, r#"],"{version:08x}","{nbits:08x}","{ntime:08x}","#);
        Self {
            head,
            padding,
            tail,
        }
    }

    /// Appends the line, without a newline, with variant 0: as [`super::notify`] writes it.
    pub fn write_into(&self, job_id: &str, clean: bool, out: &mut Vec<u8>) {
        self.write(job_id, [0; 4], clean, out);
    }

    /// Appends the line with another variant of the space; false, and nothing appended, where the padding cannot hold
    /// the number.
    #[must_use = "a machine that got no line has no job"]
    pub fn write_variant_into(
        &self,
        job_id: &str,
        variant: u32,
        clean: bool,
        out: &mut Vec<u8>,
    ) -> bool {
        let bits = u32::try_from(self.padding.saturating_mul(8)).unwrap_or(u32::MAX);
        let fits = variant.checked_shr(bits).unwrap_or(0) == 0;
        if fits {
            self.write(job_id, variant.to_be_bytes(), clean, out);
        }
        fits
    }

    fn write(&self, job_id: &str, variant: [u8; 4], clean: bool, out: &mut Vec<u8>) {
        // Job id, padding and the envelope fit what is added.
        let length = self.head.len().saturating_add(self.tail.len());
        out.reserve(length.saturating_add(256));
        out.extend_from_slice(br#"{"id":null,"method":"mining.notify","params":["#);
        json_into(&job_id, out);
        out.extend_from_slice(&self.head);
        let zeros = self.padding.saturating_sub(variant.len());
        (0..zeros).for_each(|_| out.extend_from_slice(b"00"));
        let cut = variant.len().saturating_sub(self.padding);
        hex::encode_into(variant.get(cut..).unwrap_or_default(), out);
        out.extend_from_slice(&self.tail);
        out.extend_from_slice(if clean { b"true]}" } else { b"false]}" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::downstream::notify;

    fn job() -> Job {
        Job {
            version: 0x2000_0000,
            prev_hash: std::array::from_fn(|place| place as u8),
            coinbase1: vec![1; 60],
            coinbase2: vec![2; 90],
            branch: vec![[3; 32]; 12],
            nbits: 0x1705_dd01,
            ntime: 0x6553_f100,
        }
    }

    #[test]
    fn every_variant_is_the_line_of_its_own_job() {
        let variants = [0, 1, 255, 256, 65_535, 65_536, 1 << 24, u32::MAX];
        for size in [6, 7, 8, 9, 10, 11, 32] {
            let space = ExtranonceSpace::new(&[0xf0, 0x0d], size).unwrap();
            let template = NotifyTemplate::in_space(&job(), &space);
            for variant in variants {
                let mut out = b"before".to_vec();
                let written = template.write_variant_into("1f", variant, true, &mut out);
                let expected = space
                    .variant(variant)
                    .map(|space| notify("1f", &space.downstream_job(&job()), true));
                assert_eq!(written, expected.is_some(), "{size} {variant}");
                let expected = format!("before{}", expected.unwrap_or_default());
                assert_eq!(
                    String::from_utf8(out).unwrap(),
                    expected,
                    "{size} {variant}"
                );
            }
        }
    }

    #[test]
    fn a_job_id_is_a_json_string_whatever_it_holds() {
        let mut out = Vec::new();
        NotifyTemplate::new(&job()).write_into("a\"\\\n", false, &mut out);
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            (&line["params"][0], &line["params"][8]),
            (&"a\"\\\n".into(), &false.into())
        );
    }
}
