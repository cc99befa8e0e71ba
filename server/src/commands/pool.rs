//! `assay pool check`.

use super::{Done, print};
use crate::{
    cli::{ChainName, PoolCheckArgs},
    node::Node,
    pools::{Patience, PoolAddress, PoolPolicy, Preflight, SystemResolver, preflight},
};
use api::PoolReport;
use market::PoolTarget;
use pow::coinbase::Network;
use std::process::ExitCode;
use units::Hashrate;

/// Looks at a pool and prints what it does.
///
/// # Errors
/// Where the address or the login is none.
pub async fn check_pool(args: &PoolCheckArgs) -> Done {
    let address = PoolAddress::parse(&args.address)?;
    PoolTarget::new("pool".into(), 1, args.user.clone(), args.password.clone())?;
    let node = args.node.as_deref().map(Node::new).transpose()?;
    let policy = PoolPolicy {
        allow_private_pools: args.allow_private,
        also_ports: args.also_port.clone(),
        network: match args.network {
            ChainName::Main => Network::Main,
            ChainName::Test => Network::Test,
            ChainName::Regtest => Network::Regtest,
        },
        ..PoolPolicy::default()
    };
    let wanted = Preflight {
        address: &address,
        user: &args.user,
        password: &args.password,
        hashrate: args.hashrate.map(Hashrate::new),
        node: node.as_ref(),
        patience: Patience::default(),
    };
    let report = preflight(wanted, &policy, &SystemResolver).await;
    if args.json {
        print(&serde_json::to_string_pretty(&report)?)?;
    } else {
        print(describe(&report).trim_end())?;
    }
    Ok(if report.usable {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Warnings first.
fn describe(report: &PoolReport) -> String {
    let mut text = String::from(if report.usable {
        "USABLE"
    } else {
        "NOT USABLE"
    });
    text.push_str(&format!(" {}\n", report.address));
    for warning in &report.warnings {
        let mark = if warning.refuses { "refused" } else { "note" };
        text.push_str(&format!("{mark}: {}\n", warning.message));
    }
    for sentence in &report.words {
        text.push_str(&format!("{sentence}\n"));
    }
    text
}
