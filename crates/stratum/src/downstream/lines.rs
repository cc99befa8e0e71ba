//! What a machine is told.

use super::NotifyTemplate;
use crate::codec;
use crate::hex;
use pow::Job;
use serde_json::json;
use units::Difficulty;

/// `mining.set_difficulty`: in force from the next `mining.notify` on. At most one between two of those.
#[must_use]
pub fn set_difficulty(difficulty: Difficulty) -> String {
    // Display is exact, and whole numbers have no fraction.
    format!(r#"{{"id":null,"method":"mining.set_difficulty","params":[{difficulty}]}}"#)
}

/// `mining.notify`; `job` is the downstream one (see [`crate::ExtranonceSpace::downstream_job`]). With `clean`, shares
/// of all jobs before are stale. For many machines see [`NotifyTemplate`].
#[must_use]
pub fn notify(job_id: &str, job: &Job, clean: bool) -> String {
    let template = NotifyTemplate::new(job);
    codec::text(|out| template.write_into(job_id, clean, out))
}

/// `mining.set_extranonce`: in force from the next `mining.notify` on. Only to a machine that asked for it
/// ([`super::Downstream::wants_extranonce`]): stock firmware does not know it.
#[must_use]
pub fn set_extranonce(extranonce1: &[u8], extranonce2_size: usize) -> String {
    codec::notification(
        "mining.set_extranonce",
        &(hex::encode(extranonce1), extranonce2_size),
    )
}

/// `client.show_message`: a sentence for whoever looks at the machine's screen or log.
#[must_use]
pub fn show_message(sentence: &str) -> String {
    codec::notification("client.show_message", &[sentence])
}

/// `client.reconnect` to the same address: for machines that cannot be moved in any other way.
#[must_use]
pub fn reconnect() -> String {
    codec::notification("client.reconnect", &json!([]))
}

/// Reverses the bytes of every 4-byte word: `mining.notify` writes the hash of the block before that way. Its own
/// inverse.
#[must_use]
pub fn swap_words(mut hash: [u8; 32]) -> [u8; 32] {
    let (words, _) = hash.as_chunks_mut::<4>();
    words.iter_mut().for_each(|word| word.reverse());
    hash
}

/// The version that a header of `bits` has, by BIP 310: `(job & !mask) | (bits & mask)`; `None` where bits lie outside
/// the mask.
///
/// `mask` is what both the last `mining.set_version_mask` and the one in force when the job was sent allow: a narrower
/// mask is valid at once, also for jobs sent before, because the pool behind refuses their shares from now on; a wider
/// one is not for a job that is recorded with the narrower.
#[must_use]
pub const fn rolled_version(job: u32, bits: u32, mask: u32) -> Option<u32> {
    if bits & !mask != 0 {
        return None;
    }
    Some((job & !mask) | bits)
}
