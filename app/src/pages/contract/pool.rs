//! Where a contract's work goes, in words.

use api::Contract;

/// Which pool gets the work; and where that is not the first one, why.
pub(super) fn words(contract: &Contract) -> String {
    let behind = &contract.fail_over;
    let trouble = behind.trouble.as_ref();
    let about = |pool: &str| {
        let why = trouble.filter(|trouble| trouble.pool == pool);
        why.map(|trouble| format!(" {}", trouble.why))
            .unwrap_or_default()
    };
    let first = &contract.pool;
    let mut words = match &behind.serving {
        Some(serving) if serving != first => format!(
            "The buyer's pool, {first}, is not connected.{} The work goes to a backup, {serving}.",
            about(first)
        ),
        _ if contract.pool_connected => {
            format!("The buyer's pool, {first}, is connected.{}", about(first))
        }
        _ => {
            let why = trouble.map(|trouble| trouble.why.as_str());
            let why = why.map(|why| format!(" {why}")).unwrap_or_default();
            format!("The buyer's pool, {first}, is not connected.{why}")
        }
    };
    if behind.serving.as_ref().is_none_or(|pool| pool == first) && !behind.backups.is_empty() {
        let backups = behind.backups.join(", then ");
        words.push_str(&format!(" Its backup is {backups}."));
    }
    if let Some(bytes) = behind.small_extranonce2_bytes {
        words.push_str(&format!(
            " The pool leaves {bytes} bytes of extranonce2: each machine has a session of its own, 64 at most."
        ));
    }
    words
}
