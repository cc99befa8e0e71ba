use super::*;
use crate::sha256d;
use alloc::{format, vec};

fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2), "half a byte: {hex}");
    let pairs = (0..hex.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// As block explorers print it.
fn txid(transaction: &[u8]) -> String {
    let hash = sha256d(transaction);
    hash.iter()
        .rev()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

const VERSION_AND_INPUT: &str = concat!(
    "0100000001",
    "0000000000000000000000000000000000000000000000000000000000000000ffffffff"
);

/// Where the input's script starts: after version, count, previous output and its own length.
const SCRIPT_SIG_AT: usize = 4 + 1 + 36 + 1;

/// Block 0, 100,000 (before BIP 34), 200,000 and 498,303, without the version and the previous output.
const BLOCKS: [(&str, &str); 4] = [
    (
        "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b",
        concat!(
            "4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e20",
            "6272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a010000",
            "00434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f3",
            "5504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000",
        ),
    ),
    (
        "8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87",
        concat!(
            "08044c86041b020602ffffffff0100f2052a010000004341041b0e8c2567c12536aa13357b79a073dc4444acb8",
            "3c4ec7a0e2f99dd7457516c5817242da796924ca4e99947d087fedf9ce467cb9f7c6287078f801df276fdf84ac",
            "00000000",
        ),
    ),
    (
        "dbaf14e1c476e76ea05a8b71921a46d6b06f0a950f17c5f9f1a03b8fae467f10",
        concat!(
            "4103400d0302ef02062f503253482f522cfabe6d6dd90d39663d10f8fd25ec88338295d4c6ce1c90d4aeb368d8",
            "bdbadcc1da3b635801000000000000000474073e03ffffffff013c25cf2d01000000434104b0bd634234abbb1b",
            "a1e986e884185c61cf43e001f9137f23c2c409273eb16e6537a576782eba668a7ef8bd3b3cfb1edb7117ab6512",
            "9b8a2e681f3c1e0908ef7bac00000000",
        ),
    ),
    (
        "1d2dffbfde01eaa01d40bee0d2ec4bbc92c92930984aea8aa4fb65f84f74d6c2",
        concat!(
            "50037f9a07174d696e656420627920416e74506f6f6c685b205a2b1f7bfabe6d6d36afe1910eca9405b66f9775",
            "0940a656e38e2c0312958190ff8e98fd16761d220400000000000000aa340000d49f0000ffffffff02b07fc366",
            "000000001976a9148349212dc27ce3ab4c5b29b85c4dec643d764b1788ac0000000000000000266a24aa21a9ed",
            "72d9432948505e3d3062f1307a3f027a5dea846ff85e47159680919c12bf1e4000000000",
        ),
    ),
];

fn block(index: usize) -> Vec<u8> {
    let (id, rest) = BLOCKS[index];
    let transaction = bytes(&format!("{VERSION_AND_INPUT}{rest}"));
    assert_eq!(txid(&transaction), id, "the vector itself");
    transaction
}

fn parsed(index: usize) -> Coinbase {
    Coinbase::parse(&block(index), 0..0).unwrap()
}

#[test]
fn real_blocks() {
    let genesis = parsed(0);
    assert_eq!(genesis.height, None);
    assert_eq!(
        genesis.tag,
        "EThe Times 03/Jan/2009 Chancellor on brink of second bailout for"
    );
    assert_eq!(genesis.outputs.len(), 1);
    assert_eq!(genesis.outputs[0].sats, Sats::new(5_000_000_000));

    let before_bip34 = parsed(1);
    assert_eq!((before_bip34.height, before_bip34.tag.as_str()), (None, ""));

    let pooled = parsed(2);
    assert_eq!(pooled.height, Some(200_000));
    assert_eq!(pooled.tag, "/P2SH/R,");
    assert_eq!(pooled.outputs[0].sats, Sats::new(5_063_517_500));
    for block in [&genesis, &before_bip34, &pooled] {
        let script = &block.outputs[0].script;
        assert_eq!(ScriptKind::of(script), ScriptKind::P2pk);
        assert_eq!(address(script, Network::Main), None);
    }

    let recent = parsed(3);
    assert_eq!(recent.height, Some(498_303));
    assert_eq!(recent.tag, "Mined by AntPoolh[ Z+");
    assert_eq!(recent.outputs.len(), 2);
    assert_eq!(recent.outputs[0].sats, Sats::new(1_724_088_240));
    assert_eq!(ScriptKind::of(&recent.outputs[0].script), ScriptKind::P2pkh);
    assert_eq!(recent.outputs[1].sats, Sats::ZERO);
    assert_eq!(
        ScriptKind::of(&recent.outputs[1].script),
        ScriptKind::OpReturn
    );
}

/// The example of the Stratum document: its coinb1, extranonce1, an extranonce2 and its coinb2.
#[test]
fn the_extranonce_ends_a_run() {
    let coinbase1 = bytes(&format!(
        "{VERSION_AND_INPUT}20020862062f503253482f04b8864e5008"
    ));
    let coinbase2 = bytes(
        "072f736c7573682f000000000100f2052a010000001976a914d23fcdf86f7e756a64a7a9688ef9903327048ed988ac00000000",
    );
    let extranonce = coinbase1.len()..coinbase1.len() + 8;
    let letters = [&coinbase1[..], b"AAAABBBB", &coinbase2].concat();
    let coinbase = Coinbase::parse(&letters, extranonce.clone()).unwrap();
    assert_eq!(coinbase.height, Some(0x6208));
    assert_eq!(coinbase.tag, "/P2SH/ /slush/");
    assert_eq!(
        address(&coinbase.outputs[0].script, Network::Main).unwrap(),
        "1LAhLWDhe57YEcTk6mPkh85cYyRnCcyH7j"
    );
    assert_eq!(
        Coinbase::parse(&letters, 0..0).unwrap().tag,
        "/P2SH/ AAAABBBB /slush/"
    );
    let number = [&coinbase1[..], &bytes("0800000200000001"), &coinbase2].concat();
    assert_eq!(Coinbase::parse(&number, extranonce).unwrap(), coinbase);
}

/// A coinbase with this script in its input, and these outputs.
fn build(script_sig: &[u8], outputs: &[(u64, &[u8])]) -> Vec<u8> {
    let mut all = bytes(VERSION_AND_INPUT);
    all.push(u8::try_from(script_sig.len()).unwrap());
    all.extend_from_slice(script_sig);
    all.extend_from_slice(&[0xff; 4]);
    all.push(u8::try_from(outputs.len()).unwrap());
    for (sats, script) in outputs {
        all.extend_from_slice(&sats.to_le_bytes());
        all.push(u8::try_from(script.len()).unwrap());
        all.extend_from_slice(script);
    }
    all.extend_from_slice(&[0; 4]);
    all
}

const ANYONE: &[(u64, &[u8])] = &[(1, &[0x51])];

#[test]
fn heights_are_minimal_pushes() {
    for (push, expected) in [
        ("51", Some(1)),
        ("60", Some(16)),
        ("0111", Some(17)),
        ("017f", Some(127)),
        ("028000", Some(128)),
        ("02ff7f", Some(0x7fff)),
        ("03008000", Some(0x8000)),
        ("0340d10c", Some(840_000)),
        ("03ffff7f", Some(8_388_607)),
        // Not minimal.
        ("0100", None),
        ("0101", None),
        ("0110", None),
        ("021100", None),
        ("027f00", None),
        ("03ff7f00", None),
        ("4c0340d10c", None),
        // Negative.
        ("0180", None),
        ("020080", None),
        ("03000080", None),
        // No height: nothing, block 0, or as blocks before BIP 34 start.
        ("00", None),
        ("04ffff001d", None),
    ] {
        let script_sig = [&bytes(push)[..], &[0, 0]].concat();
        let coinbase = Coinbase::parse(&build(&script_sig, ANYONE), 0..0).unwrap();
        assert_eq!(coinbase.height, expected, "{push}");
    }
    // Cut short within the number.
    for script_sig in [[2, 0x11], [3, 0x40]] {
        let coinbase = Coinbase::parse(&build(&script_sig, ANYONE), 0..0).unwrap();
        assert_eq!(coinbase.height, None);
    }
}

#[test]
fn a_height_that_the_extranonce_can_change_is_none() {
    let transaction = build(&[2, 0x11, 0x22, 0, 0], ANYONE);
    for (from, expected) in [(0, None), (1, None), (2, None), (3, Some(0x2211))] {
        let start = SCRIPT_SIG_AT + from;
        let coinbase = Coinbase::parse(&transaction, start..start + 1).unwrap();
        assert_eq!(coinbase.height, expected, "{from}");
    }
}

#[test]
fn tags_are_readable_and_bounded() {
    for (rest, expected) in [
        (&b"\x04/abc"[..], "/abc"),
        (b"abc\x00/ab\x7f", ""),
        (b"\x01  abcd \x02\x03    \x04efgh", "abcd efgh"),
        (b"caf\xc3\xa9 noir", "noir"),
        (&[b'z'; 96], &"z".repeat(64)),
    ] {
        let script_sig = [&[3, 0x40, 0xd1, 0x0c], rest].concat();
        let coinbase = Coinbase::parse(&build(&script_sig, ANYONE), 0..0).unwrap();
        assert_eq!(coinbase.tag, expected);
    }
    // The height's own bytes, 0x414141, are no text.
    let coinbase = Coinbase::parse(&build(b"\x03AAA/pool/", ANYONE), 0..0).unwrap();
    assert_eq!(coinbase.tag, "/pool/");
    // A cut at a space leaves none behind.
    let words = [&[0][..], &[b'y'; 63], b" abcd"].concat();
    let coinbase = Coinbase::parse(&build(&words, ANYONE), 0..0).unwrap();
    assert_eq!(coinbase.tag, "y".repeat(63));
}

#[test]
fn what_is_no_coinbase_is_named() {
    let fault = |bytes: &[u8]| Coinbase::parse(bytes, 0..0).unwrap_err();
    let good = build(&[0; 2], ANYONE);
    assert_eq!(Coinbase::parse(&good, 0..0).map(|_| ()), Ok(()));
    let with = |at: usize, byte: u8| {
        let mut changed = good.clone();
        changed[at] = byte;
        fault(&changed)
    };
    for (at, byte) in [(4, 0), (4, 2), (5, 1), (36, 1), (37, 0xfe), (40, 0)] {
        assert_eq!(with(at, byte), CoinbaseFault::BadInput, "{at}");
    }
    for length in [0, 1, 101, 200] {
        let transaction = build(&vec![0; length], ANYONE);
        assert_eq!(fault(&transaction), CoinbaseFault::BadScriptSize);
    }
    assert_eq!(fault(&build(&[0; 2], &[])), CoinbaseFault::NoOutput);
    assert_eq!(
        fault(&[&good[..], &[0]].concat()),
        CoinbaseFault::TrailingBytes
    );
    let counted = SCRIPT_SIG_AT + 2 + 4;
    for long in [
        "fd0100",
        "fdfc00",
        "fe01000000",
        "feffff0000",
        "ff0100000000000000",
    ] {
        let long = [&good[..counted], &bytes(long), &good[counted + 1..]].concat();
        assert_eq!(fault(&long), CoinbaseFault::BadLength);
    }
    // Counts and lengths far beyond the bytes: refused before anything is allocated.
    for huge in [
        "fdfd00",
        "fe00000100",
        "ff0000000001000000",
        "ffffffffffffffffff",
    ] {
        for at in [counted, counted + 1 + 8] {
            let huge = [&good[..at], &bytes(huge), &good[at + 1..]].concat();
            assert_eq!(fault(&huge), CoinbaseFault::Truncated);
        }
    }
    // The witness serialisation of the same transaction.
    let witness = [&good[..4], &[0, 1], &good[4..good.len() - 4]].concat();
    let witness = [&witness[..], &[1, 32], &[0; 32], &[0; 4]].concat();
    assert_eq!(fault(&witness), CoinbaseFault::BadInput);
}

#[test]
fn every_truncation_is_refused() {
    for index in 0..BLOCKS.len() {
        let whole = block(index);
        for size in 0..whole.len() {
            let cut = Coinbase::parse(&whole[..size], 0..0);
            assert_eq!(cut, Err(CoinbaseFault::Truncated), "{size}");
        }
    }
}

#[test]
fn an_extranonce_that_could_change_the_payout_is_refused() {
    let whole = block(3);
    let script_sig = SCRIPT_SIG_AT..SCRIPT_SIG_AT + 0x50;
    let data = whole.len() - 4 - 0x26 + 1..whole.len() - 4;
    for start in 0..whole.len() {
        for size in [1, 4, 8] {
            let range = start..start + size;
            let within = |area: &Range<usize>| area.start <= start && range.end <= area.end;
            let expected = within(&script_sig) || within(&data);
            let answer = Coinbase::parse(&whole, range);
            assert_eq!(answer.is_ok(), expected, "{start} {size}");
            if !expected {
                assert_eq!(answer, Err(CoinbaseFault::ExtranonceMisplaced));
            }
        }
    }
    let beyond = usize::MAX - 1..usize::MAX;
    assert!(Coinbase::parse(&whole, beyond).is_err());
}

// proptest's random source does not build for the browser.
#[cfg(not(target_arch = "wasm32"))]
mod properties {
    use super::{super::script::OP_RETURN, *};
    use proptest::{collection::vec, prelude::*};

    fn script() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            vec(any::<u8>(), 0..80),
            vec(any::<u8>(), 0..44).prop_map(|data| [&[OP_RETURN][..], &data].concat()),
            vec(any::<u8>(), 20).prop_map(|hash| [&[0, 20][..], &hash].concat()),
        ]
    }

    prop_compose! {
        fn built()(
            script_sig in vec(prop_oneof![any::<u8>(), 0x20u8..0x7f, 1u8..4], 2..=100),
            outputs in vec((any::<u64>(), script()), 1..6),
        ) -> (Vec<u8>, Vec<(u64, Vec<u8>)>) {
            let borrowed: Vec<(u64, &[u8])> = outputs.iter().map(|(sats, script)| (*sats, &script[..])).collect();
            (build(&script_sig, &borrowed), outputs)
        }
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..300), start in 0usize..300, size in 0usize..300) {
            let _ = Coinbase::parse(&bytes, start..start + size);
        }

        /// Random bytes rarely come far: a real one with a few bytes changed does.
        #[test]
        fn damage_never_panics(
            index in 0..BLOCKS.len(),
            changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in 0usize..8,
        ) {
            let mut bytes = block(index);
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len() - cut);
            if let Ok(coinbase) = Coinbase::parse(&bytes, SCRIPT_SIG_AT + 4..SCRIPT_SIG_AT + 8) {
                prop_assert!(coinbase.tag.len() <= TAG_MAX);
                prop_assert!(coinbase.tag.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            }
        }

        #[test]
        fn outputs_are_those_that_were_written((bytes, outputs) in built()) {
            let coinbase = Coinbase::parse(&bytes, 0..0).unwrap();
            let read: Vec<(u64, Vec<u8>)> = coinbase.outputs.into_iter().map(|it| (it.sats.get(), it.script)).collect();
            prop_assert_eq!(read, outputs);
        }

        /// What a verdict shows must hold for every share of the job, whatever its extranonce.
        #[test]
        fn the_extranonce_changes_nothing(
            (bytes, _) in built(),
            start in any::<prop::sample::Index>(),
            other in vec(any::<u8>(), 1..12),
        ) {
            let start = start.index(bytes.len());
            let end = (start + other.len()).min(bytes.len());
            let mut rolled = bytes.clone();
            rolled[start..end].copy_from_slice(&other[..end - start]);
            let first = Coinbase::parse(&bytes, start..end);
            if let Ok(first) = first {
                let second = Coinbase::parse(&rolled, start..end).unwrap();
                prop_assert_eq!((first.height, &first.tag), (second.height, &second.tag));
                prop_assert_eq!(first.outputs.len(), second.outputs.len());
                for (one, two) in first.outputs.iter().zip(&second.outputs) {
                    prop_assert_eq!(one.sats, two.sats);
                    prop_assert_eq!(ScriptKind::of(&one.script), ScriptKind::of(&two.script));
                    prop_assert!(one.script == two.script || one.script.first() == Some(&OP_RETURN));
                }
            }
        }
    }
}
