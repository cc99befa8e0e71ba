use crate::{
    components::{CopyBlock, Time},
    display,
};
use api::{BlockLine, Chain};
use leptos::prelude::*;

/// The blocks that jobs built on, and how to compare them with a node of one's own.
#[component]
pub fn ChainView(
    chain: Chain,
    /// `main`, `test` or `regtest`.
    network: String,
) -> impl IntoView {
    let flag = flag(&network);
    let doubts = chain.doubts.iter().map(|doubt| {
        let words = format!(
            "Doubtful, {} times: {}",
            display::count(doubt.count),
            doubt.message
        );
        view! { <p data-testid="doubt">{words}</p> }
    });
    let doubts = doubts.collect::<Vec<_>>();
    let lines = [
        (
            "First block",
            "Question about the first block",
            chain.first.clone(),
        ),
        (
            "Last block",
            "Question about the last block",
            chain.last.clone(),
        ),
    ];
    let lines = lines.into_iter().filter_map(|(name, label, block)| {
        let block = block?;
        Some(view! { <Block name label block flag /> })
    });
    let lines = lines.collect::<Vec<_>>();
    let compare = (!lines.is_empty()).then(|| {
        view! {
            <p>
                "Each header was checked for its work and for following another one of the bundle; that they are on the chain that everyone uses, only a node knows. Ask yours for both ends: the answer must be the block's hash. Equal ends say nothing of the blocks between, since headers may branch: "
                <code>"assay verify --node"</code> " asks for every block on which shares count."
            </p>
        }
    });
    view! {
        <div class="chain" data-testid="chain">
            <h4>"The chain: which blocks the jobs built on"</h4>
            <p>{sentence(&chain)}</p>
            {doubts}
            {compare}
            {lines}
        </div>
    }
    .into_any()
}

fn sentence(chain: &Chain) -> String {
    let blocks = display::counted(chain.blocks.into(), "block", "blocks");
    match chain.headers {
        0 => format!(
            "The jobs built on {blocks}. This bundle holds no block headers, so it proves none of them; shares and bill do not depend on that."
        ),
        headers => format!(
            "The jobs built on {blocks}, of which {} are proven by {} in the bundle, with {} of work.{}",
            display::count(chain.proven.into()),
            display::counted(headers.into(), "header", "headers"),
            display::work(chain.work_hashes),
            branches(chain.forks),
        ),
    }
}

fn branches(forks: u32) -> String {
    match forks {
        0 => String::new(),
        1 => {
            " One of them is on a branch, off the chain with the most work, as a replaced block is."
                .into()
        }
        more => format!(
            " {} of them are on branches, off the chain with the most work: a block that the network replaced is one; many are not.",
            display::count(more.into())
        ),
    }
}

const fn flag(network: &str) -> &'static str {
    match network.as_bytes() {
        b"test" => "-testnet ",
        b"regtest" => "-regtest ",
        _ => "",
    }
}

/// Asks a node for the block at this height; where the height is not known, for the block by its hash.
fn question(block: &BlockLine, flag: &str) -> String {
    match block.height {
        Some(height) => format!("bitcoin-cli {flag}getblockhash {height}"),
        None => format!("bitcoin-cli {flag}getblockheader {}", block.hash),
    }
}

#[component]
fn Block(
    name: &'static str,
    label: &'static str,
    block: BlockLine,
    flag: &'static str,
) -> impl IntoView {
    let height = block
        .height
        .map_or("not stated".into(), |height| display::count(height.into()));
    let ask = question(&block, flag);
    view! {
        <h5>{name}</h5>
        <dl class="lines">
            <div>
                <dt>"Hash"</dt>
                <dd class="hex">
                    <code>{block.hash}</code>
                </dd>
            </div>
            <div>
                <dt>"Height"</dt>
                <dd class="number">{height}</dd>
            </div>
            <div>
                <dt>"Time in its header"</dt>
                <dd>
                    <Time ms=u64::from(block.time).saturating_mul(1_000) />
                </dd>
            </div>
        </dl>
        <CopyBlock text=ask label />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_headers_nothing_is_proven_and_nothing_is_wrong() {
        let chain = Chain {
            blocks: 3,
            ..Chain::default()
        };
        assert!(sentence(&chain).contains("built on 3 blocks. This bundle holds no block headers"));
        let proven = Chain {
            proven: 2,
            headers: 1,
            ..chain
        };
        assert!(sentence(&proven).contains("of which 2 are proven by 1 header in the bundle"));
        assert!(!sentence(&proven).contains("branch"));
    }

    #[test]
    fn headers_on_branches_are_told() {
        let forks = |forks| {
            sentence(&Chain {
                headers: 9,
                forks,
                ..Chain::default()
            })
        };
        assert!(forks(1).contains(" One of them is on a branch"));
        assert!(forks(3).contains(" 3 of them are on branches"));
    }

    #[test]
    fn the_question_fits_the_network() {
        let mut block = BlockLine {
            hash: "00ab".into(),
            height: Some(840_000),
            time: 0,
        };
        assert_eq!(
            question(&block, flag("main")),
            "bitcoin-cli getblockhash 840000"
        );
        block.height = None;
        assert_eq!(
            question(&block, flag("regtest")),
            "bitcoin-cli -regtest getblockheader 00ab"
        );
    }
}
