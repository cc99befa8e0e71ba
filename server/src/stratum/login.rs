//! Stratum logins: `account.worker`.

use units::{AccountId, WorkerName};

/// A login as it is shown and recorded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Login {
    pub account: AccountId,
    pub worker: WorkerName,
}

/// Reads `account.worker`: upper case is folded, further dots are part of the worker's name as hyphens, and a missing
/// worker is `main`. `None` where that gives no valid names.
pub(super) fn parse(text: &str) -> Option<Login> {
    let folded = text.to_ascii_lowercase();
    let (account, worker) = folded.split_once('.').unwrap_or((&folded, "main"));
    let worker = worker.replace('.', "-");
    Some(Login {
        account: account.parse().ok()?,
        worker: worker.parse().ok()?,
    })
}

impl std::fmt::Display for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.account, self.worker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_folded() {
        for (text, login) in [
            ("demo-host.rig1", "demo-host.rig1"),
            ("Demo-Host.Rig_1", "demo-host.rig_1"),
            ("demo-host", "demo-host.main"),
            ("demo-host.rack1.rig2", "demo-host.rack1-rig2"),
        ] {
            assert_eq!(parse(text).map(|l| l.to_string()).as_deref(), Some(login));
        }
        for bad in ["", ".", "a.", ".b", "a b.c", "<script>.x", &"x".repeat(40)] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
