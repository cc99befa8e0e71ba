//! The server's tables and its way of committing, without the server: `server/src/store` cannot be built apart from the
//! web pages. The schema is the server's own file.

use crate::work::Command;
use ledger::{Account, Balance, Ledger, Transfer};
use sqlx::{
    Connection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{collections::BTreeSet, path::Path};

const SCHEMA: &str = include_str!("../../../../server/migrations/0001_books.sql");

/// How rows get into the tables. The rows are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// One statement for each row.
    ByRow,
    /// One statement for each table and commit, as `server/src/store/write.rs` does: the rows travel as one JSON array.
    ByTable,
}

pub struct Store {
    db: SqliteConnection,
    seq: i64,
}

type Done<T> = Result<T, sqlx::Error>;

impl Store {
    /// A new database: WAL and `synchronous=FULL`.
    pub async fn create(file: &Path) -> Done<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let mut db = SqliteConnection::connect_with(&options).await?;
        sqlx::raw_sql(SCHEMA).execute(&mut db).await?;
        Ok(Self { db, seq: 0 })
    }

    /// Writes commands with their transfers and the balances that they touch, in one transaction; durable when it
    /// returns. `ledger` is the state after them.
    pub async fn commit(
        &mut self,
        commands: &[Command],
        ledger: &Ledger,
        writing: Writing,
    ) -> Done<()> {
        let first = self.seq + 1;
        self.seq += commands.len() as i64;
        let mut to = self.db.begin_with("BEGIN IMMEDIATE").await?;
        match writing {
            Writing::ByRow => by_row(&mut to, first, commands, ledger).await?,
            Writing::ByTable => by_table(&mut to, first, commands, ledger).await?,
        }
        to.commit().await
    }

    /// The transfers in the order in which they were applied, and all balances, as they are on the disk.
    pub async fn read(&mut self) -> Done<(Vec<[String; 5]>, Vec<(String, [i64; 4])>)> {
        let rows = sqlx::query(
            "SELECT id, debit, credit, amount, kind FROM transfers ORDER BY seq, rowid",
        );
        let mut transfers = Vec::new();
        for row in rows.fetch_all(&mut self.db).await? {
            let amount: i64 = row.try_get(3)?;
            let text = |column: usize| row.try_get::<String, _>(column);
            transfers.push([text(0)?, text(1)?, text(2)?, amount.to_string(), text(4)?]);
        }
        let rows = sqlx::query(
            "SELECT account, debits_posted, credits_posted, debits_pending, credits_pending FROM balances",
        );
        let mut balances = Vec::new();
        for row in rows.fetch_all(&mut self.db).await? {
            let column = |number: usize| row.try_get::<i64, _>(number);
            balances.push((
                row.try_get(0)?,
                [column(1)?, column(2)?, column(3)?, column(4)?],
            ));
        }
        Ok((transfers, balances))
    }
}

pub fn columns(balance: &Balance) -> [i64; 4] {
    [
        balance.debits_posted,
        balance.credits_posted,
        balance.debits_pending,
        balance.credits_pending,
    ]
    .map(|column| i64::try_from(column).unwrap())
}

fn signed(transfer: &Transfer) -> i64 {
    i64::try_from(transfer.amount.get()).unwrap()
}

fn touched(commands: &[Command]) -> BTreeSet<Account> {
    let transfers = commands.iter().flat_map(|command| &command.batch);
    transfers
        .flat_map(|transfer| [transfer.debit, transfer.credit])
        .collect()
}

async fn by_row(
    to: &mut SqliteConnection,
    first: i64,
    commands: &[Command],
    ledger: &Ledger,
) -> Done<()> {
    for (command, seq) in commands.iter().zip(first..) {
        sqlx::query("INSERT INTO journal (seq, at_ms, command) VALUES (?, ?, ?)")
            .bind(seq)
            .bind(0)
            .bind(command.text.as_str())
            .execute(&mut *to)
            .await?;
        for transfer in &command.batch {
            sqlx::query(
                "INSERT INTO transfers (id, seq, debit, credit, amount, kind) VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(transfer.id.to_string())
            .bind(seq)
            .bind(transfer.debit.to_string())
            .bind(transfer.credit.to_string())
            .bind(signed(transfer))
            .bind(transfer.kind.to_string())
            .execute(&mut *to)
            .await?;
        }
    }
    for account in touched(commands) {
        let [debits, credits, debits_pending, credits_pending] = columns(&ledger.balance(&account));
        sqlx::query(
            "INSERT INTO balances (account, debits_posted, credits_posted, debits_pending, credits_pending)
             VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (account) DO UPDATE SET
                 debits_posted = excluded.debits_posted, credits_posted = excluded.credits_posted,
                 debits_pending = excluded.debits_pending, credits_pending = excluded.credits_pending",
        )
        .bind(account.to_string())
        .bind(debits)
        .bind(credits)
        .bind(debits_pending)
        .bind(credits_pending)
        .execute(&mut *to)
        .await?;
    }
    Ok(())
}

async fn by_table(
    to: &mut SqliteConnection,
    first: i64,
    commands: &[Command],
    ledger: &Ledger,
) -> Done<()> {
    let journal: Vec<_> = (commands.iter().zip(first..))
        .map(|(command, seq)| (seq, 0, &command.text))
        .collect();
    let transfers: Vec<_> = (commands.iter().zip(first..))
        .flat_map(|(command, seq)| command.batch.iter().map(move |transfer| (seq, transfer)))
        .map(|(seq, transfer)| {
            let (debit, credit) = (transfer.debit.to_string(), transfer.credit.to_string());
            let kind = transfer.kind.to_string();
            (
                transfer.id.to_string(),
                seq,
                debit,
                credit,
                signed(transfer),
                kind,
            )
        })
        .collect();
    let balances: Vec<_> = (touched(commands).iter())
        .map(|account| (account.to_string(), columns(&ledger.balance(account))))
        .collect();
    for (statement, rows) in [
        (
            "INSERT INTO journal (seq, at_ms, command)
             SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)",
            serde_json::to_string(&journal),
        ),
        (
            "INSERT INTO transfers (id, seq, debit, credit, amount, kind)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)",
            serde_json::to_string(&transfers),
        ),
        (
            "INSERT INTO balances (account, debits_posted, credits_posted, debits_pending, credits_pending)
             SELECT value ->> 0, value ->> '$[1][0]', value ->> '$[1][1]', value ->> '$[1][2]', value ->> '$[1][3]'
             FROM json_each(?) WHERE true
             ON CONFLICT (account) DO UPDATE SET
                 debits_posted = excluded.debits_posted, credits_posted = excluded.credits_posted,
                 debits_pending = excluded.debits_pending, credits_pending = excluded.credits_pending",
            serde_json::to_string(&balances),
        ),
    ] {
        let rows = rows.map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        sqlx::query(statement).bind(rows).execute(&mut *to).await?;
    }
    Ok(())
}
