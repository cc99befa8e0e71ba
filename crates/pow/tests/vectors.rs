//! Fixed vectors, run natively and in wasm: both must agree byte for byte.

mod fixture;

use fixture::{small_delivery, varint, verify};
use pow::bundle::{Code, Verifier};
use pow::{Header, Job, Share, ShareFault, VERSION_ROLLING_MASK, fold_branch, sha256d};
use units::{Difficulty, Nbits, NbitsError, Target};

/// The same functions as tests of both targets.
macro_rules! vectors {
    ($($(#[$doc:meta])* fn $name:ident() $body:block)*) => {$(
        $(#[$doc])*
        #[cfg_attr(not(target_arch = "wasm32"), test)]
        #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
        fn $name() $body
    )*};
}

const BUNDLE: &[u8] = include_bytes!("vectors/bundle.bin");
const VERDICT: &str = include_str!("vectors/verdict.json");

fn bytes(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2), "half a byte: {hex}");
    let pairs = (0..hex.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

/// A hash in header byte order from what block explorers print.
fn hash(explorer_hex: &str) -> [u8; 32] {
    let mut hash: [u8; 32] = bytes(explorer_hex).try_into().unwrap();
    hash.reverse();
    hash
}

fn target(nbits: u32) -> Target {
    Nbits::from_consensus(nbits).unwrap().target()
}

fn pair(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    sha256d(&[left, right].concat())
}

const GENESIS_MERKLE_ROOT: &str =
    "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b";
const GENESIS_HASH: &str = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";

/// The first block's coinbase transaction, cut as a pool would: before, within and after its extranonce.
const GENESIS_COINBASE: [&str; 3] = [
    "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d",
    "04ffff001d0104",
    concat!(
        "455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66",
        "207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0",
        "fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c",
        "384df7ba0b8d578a4c702b6bf11d5fac00000000",
    ),
];

fn genesis_job() -> Job {
    Job {
        version: 1,
        prev_hash: [0; 32],
        coinbase1: bytes(GENESIS_COINBASE[0]),
        coinbase2: bytes(GENESIS_COINBASE[2]),
        branch: Vec::new(),
        nbits: 0x1d00_ffff,
        ntime: 1_231_006_505,
    }
}

const GENESIS_SHARE: Share = Share {
    ntime: 1_231_006_505,
    nonce: 2_083_236_893,
    version_bits: 0,
};

const BLOCK_100000_HASH: &str = "000000000003ba27aa200b1cecaad478d2b00432346c3f1f3986da1afd33e506";
const BLOCK_100000: Header = Header {
    version: 1,
    prev_hash: [0; 32],
    merkle_root: [0; 32],
    ntime: 1_293_623_863,
    nbits: 0x1b04_864c,
    nonce: 274_148_111,
};

vectors! {
    fn headers_of_real_blocks() {
        let genesis = Header {
            version: 1,
            prev_hash: [0; 32],
            merkle_root: hash(GENESIS_MERKLE_ROOT),
            ntime: 1_231_006_505,
            nbits: 0x1d00_ffff,
            nonce: 2_083_236_893,
        };
        let block_125552 = Header {
            version: 1,
            prev_hash: hash("00000000000008a3a41b85b8b29ad444def299fee21793cd8b9e567eab02cd81"),
            merkle_root: hash("2b12fcf1b09288fcaff797d71e950e71ae42b91e8bdb2304758dfcffc2b620e3"),
            ntime: 1_305_998_791,
            nbits: 0x1a44_b9f2,
            nonce: 2_504_433_986,
        };
        let hash_125552 = "00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d";
        for (header, expected) in [(genesis, GENESIS_HASH), (block_125552, hash_125552)] {
            assert_eq!(header.hash(), hash(expected));
            assert!(target(header.nbits).is_met_by_le_hash(&header.hash()));
            let other = Header { nonce: header.nonce ^ 1, ..header };
            assert!(!target(header.nbits).is_met_by_le_hash(&other.hash()));
        }
        let first_bytes = bytes("0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000");
        assert_eq!(block_125552.to_bytes()[..36], first_bytes);
    }

    /// Four transactions: the coinbase's branch is its neighbour and the hash of the other two.
    fn a_block_from_its_transactions() {
        let txids = [
            "8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87",
            "fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4",
            "6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4",
            "e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d",
        ]
        .map(hash);
        let merkle_root = fold_branch(txids[0], &[txids[1], pair(txids[2], txids[3])]);
        assert_eq!(
            merkle_root,
            hash("f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766")
        );
        let header = Header {
            prev_hash: hash("000000000002d01c1fccc21636b607dfd930d31d01c3a62104612a1719011250"),
            merkle_root,
            ..BLOCK_100000
        };
        assert_eq!(header.hash(), hash(BLOCK_100000_HASH));
        assert!(target(header.nbits).is_met_by_le_hash(&header.hash()));
    }

    /// From the coinbase's two halves and the extranonce between them to the header's hash and the judgement.
    fn a_share_end_to_end() {
        let (job, extranonce) = (genesis_job(), bytes(GENESIS_COINBASE[1]));
        let (pool, machine) = extranonce.split_at(3);
        let block = target(job.nbits);
        assert_eq!(job.header(&[pool, machine], GENESIS_SHARE).merkle_root, hash(GENESIS_MERKLE_ROOT));
        assert_eq!(job.check(&[pool, machine], GENESIS_SHARE, VERSION_ROLLING_MASK, &block), Ok(hash(GENESIS_HASH)));

        let met = Target::from_be_bytes(bytes(GENESIS_HASH).try_into().unwrap()).unwrap();
        assert_eq!(job.check(&[pool, machine], GENESIS_SHARE, VERSION_ROLLING_MASK, &met), Ok(hash(GENESIS_HASH)));
        let mut below = met.to_be_bytes();
        below[31] -= 1;
        let missed = Target::from_be_bytes(below).unwrap();
        assert_eq!(job.check(&[pool, machine], GENESIS_SHARE, VERSION_ROLLING_MASK, &missed), Err(ShareFault::LowDifficulty));
        assert_eq!(job.check(&[machine, pool], GENESIS_SHARE, VERSION_ROLLING_MASK, &block), Err(ShareFault::LowDifficulty));
    }

    fn ntime_and_version_have_bounds() {
        let job = genesis_job();
        let check = |share: Share| job.check(&[], share, VERSION_ROLLING_MASK, &Target::MAX).map(|_| ());
        let ntime = |ntime| check(Share { ntime, ..GENESIS_SHARE });
        assert_eq!(ntime(job.ntime - 1), Err(ShareFault::NtimeOutOfRange));
        assert_eq!(ntime(job.ntime + 7_000), Ok(()));
        assert_eq!(ntime(job.ntime + 7_001), Err(ShareFault::NtimeOutOfRange));

        let bits = |version_bits| Share { version_bits, ..GENESIS_SHARE };
        assert_eq!(check(bits(0x1fff_e000)), Ok(()));
        assert_eq!(check(bits(0x2000_0000)), Err(ShareFault::VersionBitsOutsideMask));
        assert_eq!(check(bits(0x0000_1000)), Err(ShareFault::VersionBitsOutsideMask));

        let rolling = Job { version: 0x3fff_0004, ..job };
        assert_eq!(rolling.header(&[], bits(0)).version, 0x3fff_0004);
        assert_eq!(rolling.header(&[], bits(0x0040_2000)).version, 0x2040_2004);
    }

    fn targets_and_work_of_known_nbits() {
        for (nbits, expected, work) in [
            (0x1d00_ffff, "00000000ffff0000000000000000000000000000000000000000000000000000", 4_295_032_833),
            (0x1b04_864c, "000000000004864c000000000000000000000000000000000000000000000000", 62_209_952_899_966),
            (0x1a44_b9f2, "00000000000044b9f20000000000000000000000000000000000000000000000", 1_048_471_149_936_089),
            (0x1703_4219, "0000000000000000000342190000000000000000000000000000000000000000", 371_041_696_979_166_003_650_763),
            (0x207f_ffff, "7fffff0000000000000000000000000000000000000000000000000000000000", 2),
        ] {
            let found = target(nbits);
            assert_eq!(found.to_string(), expected);
            assert_eq!(found.work().get(), work, "{nbits:08x}");
        }
        assert_eq!(Nbits::from_consensus(0x1d80_ffff).unwrap_err(), NbitsError::NotPositive);
        assert_eq!(Nbits::from_consensus(0x2300_ffff).unwrap_err(), NbitsError::TooLarge);
        let one = Difficulty::from_exponent(0).unwrap();
        assert_eq!(one.target(), target(0x1d00_ffff));
    }

    /// The writer gives these bytes on every machine.
    fn the_bundle_is_reproduced() {
        let (written, _) = small_delivery().bundle();
        assert_eq!(written.len(), BUNDLE.len());
        assert!(written == BUNDLE, "see rewrite_the_vectors");
    }

    /// The verifier gives this verdict on every machine, to the byte.
    fn the_verdict_is_reproduced() {
        assert_eq!(json(BUNDLE), VERDICT);
    }

    /// So it does where something is wrong, and wherever the pieces are cut.
    fn faults_are_the_same_everywhere() {
        let mut damaged = BUNDLE.to_vec();
        damaged[NONCE] ^= 0x10;
        let mut verifier = Verifier::new();
        damaged.iter().for_each(|byte| verifier.push(&[*byte]));
        let verdict = verifier.finish();
        assert_eq!(verdict, verify(&damaged));
        let first = &verdict.faults[0];
        let found = (first.code, first.offset, first.record, first.share, first.epoch);
        assert_eq!(found, DAMAGED);
    }

    /// A length that a 32-bit machine's pointers do not hold is refused with the same code.
    fn lengths_do_not_depend_on_the_machine() {
        // Terms whose buyer's name has 2^33 bytes, then 2^64.
        for length in [1u128 << 33, 1 << 64] {
            let mut payload = vec![7];
            varint(length, &mut payload);
            let mut bundle = b"ASSAY\0\0\x01\x01".to_vec();
            bundle.push(payload.len() as u8);
            bundle.extend(payload);
            assert_eq!(verify(&bundle).faults[0].code, Code::BadFrame);
        }
    }
}

/// A byte of the nonce of the vector's seventh share, and how a bit flipped in it shows.
const NONCE: usize = 876;
const DAMAGED: (Code, u64, u64, Option<u64>, u32) = (Code::LowDifficulty, 869, 18, Some(6), 1);

fn json(bundle: &[u8]) -> String {
    serde_json::to_string_pretty(&verify(bundle)).unwrap() + "\n"
}

/// Run it, and read the difference, when the format or the verdict changes on purpose:
/// `cargo test -p pow --test vectors -- --ignored`.
#[cfg(not(target_arch = "wasm32"))]
#[test]
#[ignore = "writes files"]
fn rewrite_the_vectors() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let (bundle, _) = small_delivery().bundle();
    std::fs::write(folder.join("verdict.json"), json(&bundle)).unwrap();
    std::fs::write(folder.join("bundle.bin"), bundle).unwrap();
}
