//! What is applied: the life of contracts, as commands of one linked batch each.

use ledger::{Account, Kind, Transfer, TransferId};
use units::{AccountId, ContractId, Sats};

/// Contracts that are live at once; their accounts are the warm ones, `available`, `fees` and `outside` the hot ones.
const CONTRACTS: u64 = 1_000;
const HOSTS: u64 = 100;
const FUNDS: Sats = Sats::new(1_000_000_000_000);

/// One command: what is journalled, and its transfers.
pub struct Command {
    pub text: String,
    pub batch: Vec<Transfer>,
}

fn account(kind: &str, number: u64) -> AccountId {
    format!("{kind}-{number}").parse().unwrap()
}

fn posted(id: u128, debit: Account, credit: Account, amount: u64) -> Transfer {
    Transfer {
        id: TransferId::new(id),
        debit,
        credit,
        amount: Sats::new(amount),
        kind: Kind::Posted,
    }
}

/// Ids are hashes in the product: as spread as these, by an odd factor.
fn spread(number: u64) -> u128 {
    u128::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
}

/// What pays for the rest; not measured.
pub fn opening() -> Command {
    let batch = (0..CONTRACTS).map(|contract| {
        let escrow = Account::Escrow(ContractId::new(contract));
        let id = spread(u64::MAX - 1 - contract);
        posted(id, Account::Outside, escrow, FUNDS.get())
    });
    let buyers = (0..CONTRACTS).map(|buyer| {
        let available = Account::Available(account("buyer", buyer));
        let id = spread(u64::MAX - 1 - CONTRACTS - buyer);
        posted(id, Account::Outside, available, FUNDS.get())
    });
    Command {
        text: "\"opening\"".into(),
        batch: batch.chain(buyers).collect(),
    }
}

/// The `number`th command: nine of ten settle an epoch (pay and fee), every tenth holds a bid's budget and gives it back.
pub fn command(number: u64) -> Command {
    let contract = number % CONTRACTS;
    let (first, second) = (spread(2 * number), spread(2 * number + 1));
    if number % 10 == 9 {
        let buyer = Account::Available(account("buyer", contract));
        let hold = Transfer {
            kind: Kind::Pending,
            ..posted(first, buyer, Account::Held, 5_000)
        };
        let release = Transfer {
            id: TransferId::new(second),
            kind: Kind::VoidPending(hold.id),
            ..hold
        };
        return Command {
            text: format!(
                r#"{{"cancel_order":{{"account":"buyer-{contract}","order":"{number}"}}}}"#
            ),
            batch: vec![hold, release],
        };
    }
    let escrow = Account::Escrow(ContractId::new(contract));
    let host = Account::Available(account("host", contract % HOSTS));
    let epoch = number / CONTRACTS;
    let text = format!(
        r#"{{"settle_epoch":{{"contract":"{contract}","epoch":{epoch},"shares_total":{},"work_total":"{}","owed_total":"{}","epoch_hash":"{second:064x}"}}}}"#,
        (epoch + 1) * 200,
        u128::from(epoch + 1) * 86_400_000_000_000_000,
        (epoch + 1) * 1_000,
    );
    Command {
        text,
        batch: vec![
            posted(first, escrow, host, 975),
            posted(second, escrow, Account::Fees, 25),
        ],
    }
}
