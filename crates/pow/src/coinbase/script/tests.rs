use super::{Network, ScriptKind, address};
use Network::{Main, Regtest, Test};
use ScriptKind::{OpReturn, Other, P2pk, P2pkh, P2sh, P2tr, P2wpkh, P2wsh};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2), "half a byte: {hex}");
    let pairs = (0..hex.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// Vectors of BIP 173 and BIP 350, the anchor of BIP 433, and base58 addresses whose checksum this code did not make.
const ADDRESSES: &[(&str, Network, ScriptKind, &str)] = &[
    (
        "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac",
        Main,
        P2pkh,
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    ),
    (
        "76a914000000000000000000000000000000000000000088ac",
        Main,
        P2pkh,
        "1111111111111111111114oLvT2",
    ),
    (
        "76a914243f1394f44554f4ce3fd68649c19adc483ce92488ac",
        Test,
        P2pkh,
        "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
    ),
    (
        "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87",
        Main,
        P2sh,
        "3P14159f73E4gFr7JterCCQh9QjiTjiZrG",
    ),
    (
        "a9144e9f39ca4688ff102128ea4ccda34105324305b087",
        Regtest,
        P2sh,
        "2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc",
    ),
    (
        "0014751e76e8199196d454941c45d1b3a323f1433bd6",
        Main,
        P2wpkh,
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    ),
    (
        "0014751e76e8199196d454941c45d1b3a323f1433bd6",
        Regtest,
        P2wpkh,
        "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    ),
    (
        "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
        Test,
        P2wsh,
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
    ),
    (
        "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
        Test,
        P2wsh,
        "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
    ),
    (
        "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
        Test,
        P2tr,
        "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
    ),
    (
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        Main,
        P2tr,
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ),
    (
        "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6",
        Main,
        Other,
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    ),
    ("6002751e", Main, Other, "bc1sw50qgdz25j"),
    (
        "5210751e76e8199196d454941c45d1b3a323",
        Main,
        Other,
        "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
    ),
    ("51024e73", Main, Other, "bc1pfeessrawgf"),
];

#[test]
fn addresses() {
    for (script, network, kind, expected) in ADDRESSES {
        let script = bytes(script);
        assert_eq!(ScriptKind::of(&script), *kind, "{expected}");
        assert_eq!(address(&script, *network).as_deref(), Some(*expected));
    }
}

#[test]
fn scripts_without_an_address() {
    let hash = "62e907b15cbf27d5425399ebf6f0fb50ebb88f18";
    let key = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    for (script, kind) in [
        (String::new(), Other),
        ("6a".to_string(), OpReturn),
        ("6a24aa21a9ed".to_string(), OpReturn),
        (format!("2102{key}ac"), P2pk),
        (format!("2103{key}ac"), P2pk),
        (format!("4104{key}{key}ac"), P2pk),
        (format!("4107{key}{key}ac"), P2pk),
        (format!("2104{key}ac"), Other),
        (format!("4105{key}{key}ac"), Other),
        (format!("2102{key}ad"), Other),
        (format!("2102{key}00ac"), Other),
        // One byte more, or another opcode.
        (format!("76a914{hash}0088ac"), Other),
        (format!("76a914{hash}88ac00"), Other),
        (format!("76a814{hash}88ac"), Other),
        (format!("a914{hash}0087"), Other),
        (format!("a914{hash}88"), Other),
        // Witness programs of version 0 have 20 or 32 bytes, all have 2 to 40, and their push is minimal and whole.
        (format!("0013{}", &hash[2..]), Other),
        (format!("0015{hash}00"), Other),
        ("510100".to_string(), Other),
        (format!("5129{key}{}", &hash[..18]), Other),
        (format!("514c20{key}"), Other),
        (format!("5121{key}"), Other),
        (format!("5120{key}00"), Other),
        (format!("5020{key}"), Other),
        (format!("6120{key}"), Other),
    ] {
        let bytes = bytes(&script);
        assert_eq!(ScriptKind::of(&bytes), kind, "{script}");
        assert_eq!(address(&bytes, Network::Main), None, "{script}");
    }
}

#[test]
fn kinds_have_the_words_of_the_verdict() {
    let kinds = [P2pkh, P2sh, P2wpkh, P2wsh, P2tr, P2pk, OpReturn, Other];
    assert_eq!(
        serde_json::to_string(&kinds).unwrap(),
        r#"["p2pkh","p2sh","p2wpkh","p2wsh","p2tr","p2pk","op_return","other"]"#
    );
}

// proptest's random source does not build for the browser.
#[cfg(not(target_arch = "wasm32"))]
mod properties {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const NETWORKS: [Network; 3] = [Main, Test, Regtest];

    proptest! {
        #[test]
        fn random_scripts_never_panic(script in vec(any::<u8>(), 0..100)) {
            for network in NETWORKS {
                let _ = address(&script, network);
            }
        }

        #[test]
        fn a_witness_programs_address_decodes_to_its_script(
            version in 0u8..=16,
            program in vec(any::<u8>(), 0..45),
            network in prop::sample::select(&NETWORKS[..]),
        ) {
            let opcode = if version == 0 { 0 } else { 0x50 + version };
            let script = [&[opcode, u8::try_from(program.len()).unwrap()], &program[..]].concat();
            let valid = match version {
                0 => [20, 32].contains(&program.len()),
                _ => (2..=40).contains(&program.len()),
            };
            let address = address(&script, network);
            prop_assert_eq!(address.is_some(), valid);
            if let Some(address) = address {
                let (hrp, read, data) = bech32::segwit::decode(&address).unwrap();
                prop_assert_eq!(hrp, network.hrp());
                prop_assert_eq!((read.to_u8(), data), (version, program));
            }
        }

        #[test]
        fn a_hashs_address_decodes_to_its_script(
            hash in vec(any::<u8>(), 20),
            network in prop::sample::select(&NETWORKS[..]),
        ) {
            let key = [&[0x76, 0xa9, 20], &hash[..], &[0x88, 0xac]].concat();
            let script = [&[0xa9, 20], &hash[..], &[0x87]].concat();
            for (script, prefix) in [(key, network.key_prefix()), (script, network.script_prefix())] {
                let address = address(&script, network).unwrap();
                let data = bs58::decode(&address).with_check(None).into_vec().unwrap();
                prop_assert_eq!(data, [&[prefix], &hash[..]].concat());
            }
        }
    }
}
