//! `mining.notify`, decoded and bounded.

use super::{Fault, UpstreamJob};
use crate::codec::Request;
use crate::{downstream::swap_words, hex};
use pow::Job;
use units::{Nbits, Target};

const JOB_ID_LIMIT: usize = 64;
const BRANCH_LIMIT: usize = 32;
const COINBASE_LIMIT: usize = 16 * 1024;

/// Reads a notify. Parameters after the ninth are ignored: some pools append their own.
pub(super) fn read(request: &Request<'_>, target: Target) -> Result<UpstreamJob, Fault> {
    let bad = |what| Fault::BadParams {
        method: "mining.notify",
        what,
    };
    let text = |index, what| request.param::<String>(index).ok_or(bad(what));
    let number = |index, what| hex::decode_short_u32(&text(index, what)?).ok_or(bad(what));
    let id = text(0, "no job id")?;
    if id.chars().count() > JOB_ID_LIMIT {
        return Err(bad("the job id has more than 64 characters"));
    }
    let coinbase = |index| {
        let bytes =
            hex::decode(&text(index, "no coinbase")?).ok_or(bad("odd hex in the coinbase"))?;
        if bytes.len() > COINBASE_LIMIT {
            return Err(bad("half of a coinbase passes 16 KiB"));
        }
        Ok(bytes)
    };
    let hashes: Vec<String> = request
        .param(4)
        .ok_or(bad("the branch is no array of strings"))?;
    if hashes.len() > BRANCH_LIMIT {
        return Err(bad("the branch has more than 32 hashes"));
    }
    let branch = hashes
        .iter()
        .map(|hash| hex::decode_array(hash))
        .collect::<Option<_>>();
    let nbits = number(6, "nbits is no hex number")?;
    Nbits::from_consensus(nbits).map_err(|_| bad("nbits is no target"))?;
    let prev_hash = hex::decode_array(&text(1, "no prevhash")?);
    let job = Job {
        version: number(5, "version is no hex number")?,
        prev_hash: swap_words(prev_hash.ok_or(bad("prevhash is not 64 hex digits"))?),
        coinbase1: coinbase(2)?,
        coinbase2: coinbase(3)?,
        branch: branch.ok_or(bad("a hash of the branch is not 64 hex digits"))?,
        nbits,
        ntime: number(7, "ntime is no hex number")?,
    };
    let clean = request.param(8).ok_or(bad("clean is not true or false"))?;
    Ok(UpstreamJob {
        id,
        job,
        clean,
        target,
    })
}
