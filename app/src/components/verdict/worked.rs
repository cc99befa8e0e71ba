use crate::{
    components::{CopyBlock, Time},
    display,
};
use api::Worked;
use leptos::prelude::*;
use std::ops::Range;

/// One share, from its bytes to its work, every byte shown.
#[component]
pub fn WorkedView(worked: Worked) -> impl IntoView {
    let intro = format!(
        "The best share of the bundle, number {}, by {} on job {}. The verifier did the same with every other one.",
        display::count(worked.share),
        worked.login,
        display::count(worked.job.into()),
    );
    let levels = display::counted(worked.branch.len() as u64, "level", "levels");
    view! {
        <details class="worked" data-testid="worked">
            <summary>"How is this computed? One share, byte by byte"</summary>
            <p>{intro} " It came at " <Time ms=worked.at_ms /> "."</p>
            <ol>
                <li>
                    <h5>"The coinbase: four parts in a row"</h5>
                    <Parts parts=coinbase_parts(&worked) />
                    <CopyBlock text=coinbase(&worked) label="The whole coinbase" />
                </li>
                <li>
                    <h5>"SHA-256 of the coinbase, and SHA-256 of that"</h5>
                    <Hex hex=worked.coinbase_hash.clone() />
                </li>
                <li>
                    <h5>{format!("Up the job's Merkle branch, {levels}")}</h5>
                    <p>"Each time: the hash so far, then the branch's, hashed twice."</p>
                    <Fold worked=worked.clone() />
                </li>
                <li>
                    <h5>"The block header: six fields, 80 bytes"</h5>
                    <Parts parts=header_parts(&worked) />
                    <p class="note">{version_words(&worked)}</p>
                    <CopyBlock text=worked.header.clone() label="The header" />
                </li>
                <li>
                    <h5>"SHA-256 of the header, and SHA-256 of that"</h5>
                    <Hex hex=worked.hash.clone() />
                    <p>"The same in a terminal:"</p>
                    <CopyBlock text=command(&worked.header) label="Hash the header in a terminal" />
                </li>
                <li>
                    <h5>"That as a number, last byte first, against the target"</h5>
                    <Comparison worked=worked.clone() />
                </li>
                <li>
                    <h5>"What it counts for"</h5>
                    <p data-value=worked
                        .work_hashes
                        .to_string()>
                        {format!(
                            "Work = 2^256 / (target + 1), without the fraction = {} expected hashes ({}). It depends on the target alone: a better hash counts for no more.",
                            display::grouped(worked.work_hashes.get()),
                            display::work(worked.work_hashes),
                        )}
                    </p>
                </li>
            </ol>
        </details>
    }
    .into_any()
}

/// What a run of bytes is, and the bytes in hex.
type Part = (&'static str, String);

fn coinbase_parts(worked: &Worked) -> Vec<Part> {
    vec![
        (
            "From the pool: before the extranonce",
            worked.coinbase1.clone(),
        ),
        (
            "extranonce1 and the part fixed for the machine",
            worked.extranonce1.clone(),
        ),
        ("extranonce2: the machine's own", worked.extranonce2.clone()),
        ("From the pool: after it", worked.coinbase2.clone()),
    ]
}

fn coinbase(worked: &Worked) -> String {
    let parts = coinbase_parts(worked);
    parts.into_iter().map(|(_, hex)| hex).collect()
}

/// The header's fields as they stand in it: numbers with their lowest byte first.
fn header_parts(worked: &Worked) -> Vec<Part> {
    let part = |range: Range<usize>| worked.header.get(range).unwrap_or_default().to_string();
    vec![
        ("Version", part(0..8)),
        ("Hash of the block before", part(8..72)),
        ("Merkle root, from step 3", part(72..136)),
        ("Time", part(136..144)),
        ("The network's target, compact (nbits)", part(144..152)),
        ("Nonce: the machine's own", part(152..160)),
    ]
}

fn version_words(worked: &Worked) -> String {
    let rolled = match worked.version_bits {
        0 => "the machine rolled no bits".to_string(),
        bits => format!(
            "the machine rolled its bits to {bits:08x}, of {:08x} that it was allowed to",
            worked.version_mask
        ),
    };
    format!(
        "Numbers stand with their lowest byte first. Version {:08x}: the job's is {:08x}, {rolled}. Time {}. nbits {:08x}. Nonce {}.",
        worked.version,
        worked.job_version,
        display::utc(u64::from(worked.ntime).saturating_mul(1_000)),
        worked.nbits,
        worked.nonce,
    )
}

fn command(header: &str) -> String {
    format!(
        "printf {header} | xxd -r -p | openssl dgst -sha256 -binary | openssl dgst -sha256 -binary | xxd -p -c 32"
    )
}

#[component]
fn Parts(parts: Vec<Part>) -> impl IntoView {
    let parts = parts.into_iter().zip(1_u32..).map(|((name, hex), number)| {
        let bytes = display::counted(hex.len() as u64 / 2, "byte", "bytes");
        let bytes = format!("({bytes})");
        view! {
            <div data-part=number.to_string()>
                <dt>
                    {name} " " <span class="note">{bytes}</span>
                </dt>
                <dd>
                    <Hex hex />
                </dd>
            </div>
        }
    });
    view! { <dl class="parts">{parts.collect_view()}</dl> }.into_any()
}

#[component]
fn Hex(hex: String) -> impl IntoView {
    view! { <code class="hex">{hex}</code> }.into_any()
}

#[component]
fn Fold(worked: Worked) -> impl IntoView {
    let levels = worked.branch.into_iter().zip(worked.folded);
    let levels = levels.map(|(branch, folded)| {
        view! {
            <li>
                <span>"with "</span>
                <Hex hex=branch />
                <span>" gives "</span>
                <Hex hex=folded />
            </li>
        }
    });
    view! {
        <ol class="fold">{levels.collect_view()}</ol>
        <p>"The Merkle root: " <Hex hex=worked.merkle_root /></p>
    }
    .into_any()
}

#[component]
fn Comparison(worked: Worked) -> impl IntoView {
    let (hash, target) = (worked.hash_number, worked.target);
    let words = format!(
        "The hash begins with {} zero digits, the target with {}. {}",
        zeros(&hash),
        zeros(&target),
        // Hex digits of one length sort as the numbers do.
        if hash <= target {
            "The hash is not above the target: the share counts."
        } else {
            "The hash is above the target."
        },
    );
    let digits = |name, hex: String| {
        let (zeros, rest) = hex.split_at(zeros(&hex));
        view! {
            <div>
                <dt>{name}</dt>
                <dd>
                    <code class="hex">
                        <span class="zeros">{zeros.to_string()}</span>
                        {rest.to_string()}
                    </code>
                </dd>
            </div>
        }
    };
    view! {
        <dl class="against">
            {digits("Hash", hash)} {digits("Target", target)}
        </dl>
        <p>{words}</p>
    }
    .into_any()
}

fn zeros(hex: &str) -> usize {
    hex.len() - hex.trim_start_matches('0').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_are_counted() {
        for (hex, count) in [("00f0", 2), ("f0", 0), ("000", 3), ("", 0)] {
            assert_eq!(zeros(hex), count, "{hex}");
        }
    }

    #[test]
    fn rolled_bits_are_told_with_their_mask() {
        let mut worked = crate::components::verdict::specimen::worked();
        assert!(version_words(&worked).contains("the machine rolled no bits. Time 2009-01-09"));
        (worked.version_bits, worked.version_mask) = (0x6000, 0x1fff_e000);
        let words = version_words(&worked);
        assert!(
            words.contains("its bits to 00006000, of 1fffe000"),
            "{words}"
        );
    }

    #[test]
    fn the_headers_parts_are_all_of_it() {
        let worked = crate::components::verdict::specimen::worked();
        let parts = header_parts(&worked);
        let all = parts.iter().map(|(_, hex)| hex.as_str());
        assert_eq!(all.collect::<String>(), worked.header);
        assert_eq!(parts[1].1, worked.prev_hash);
        assert_eq!(parts[2].1, worked.merkle_root);
        assert!(coinbase(&worked).starts_with(&worked.coinbase1));
    }
}
