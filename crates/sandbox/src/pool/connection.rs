//! One miner's connection to the pool.

use super::Shared;
use super::book::EXTRANONCE1_SIZE;
use crate::line::Lines;
use crate::lock;
use pow::{Share, VERSION_ROLLING_MASK};
use serde_json::{Map, Value, json};
use std::io;
use std::sync::Arc;
use stratum::{DOWNSTREAM_LINE_LIMIT, Message, Reject, Request, downstream, hex};
use tokio::net::TcpStream;

pub(super) struct Connection {
    shared: Arc<Shared>,
    lines: Lines,
    extranonce1: [u8; EXTRANONCE1_SIZE],
    subscribed: bool,
    authorized: bool,
    /// Height of the job that the miner has: a job for another is a clean one.
    height: Option<u32>,
}

impl Connection {
    /// Answers until the other side or the pool closes.
    pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
        let mut latest = shared.latest.subscribe();
        let closing = shared.closing.clone();
        let extranonce1 = lock(&shared.book).new_extranonce1();
        let mut connection = Self {
            extranonce1,
            lines: Lines::new(stream, DOWNSTREAM_LINE_LIMIT)?,
            shared,
            subscribed: false,
            authorized: false,
            height: None,
        };
        loop {
            tokio::select! {
                () = closing.cancelled() => return Ok(()),
                changed = latest.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    if connection.is_ready() {
                        connection.send_job().await?;
                    }
                }
                line = connection.lines.next() => match line? {
                    None => return Ok(()),
                    Some(line) => connection.receive(&line).await?,
                },
            }
        }
    }

    const fn is_ready(&self) -> bool {
        self.subscribed && self.authorized
    }

    async fn receive(&mut self, line: &str) -> io::Result<()> {
        let was_ready = self.is_ready();
        let answer = match stratum::parse(line) {
            Ok(Some(Message::Request(request))) => self
                .answer(&request)
                .unwrap_or_else(|why| stratum::reject(&request.id, why)),
            Ok(_) => return Ok(()),
            Err(error) => stratum::reject(&error.id, Reject::Malformed(error.kind.text())),
        };
        self.lines.send(answer).await?;
        if self.is_ready() && !was_ready {
            let difficulty = self.shared.settings.difficulty;
            self.lines
                .send(downstream::set_difficulty(difficulty))
                .await?;
            self.send_job().await?;
        }
        Ok(())
    }

    fn answer(&mut self, request: &Request<'_>) -> Result<String, Reject> {
        let id = &request.id;
        Ok(match request.method.as_str() {
            "mining.subscribe" => {
                self.subscribed = true;
                let extranonce1 = hex::encode(&self.extranonce1);
                let ids = [
                    ("mining.set_difficulty", &extranonce1),
                    ("mining.notify", &extranonce1),
                ];
                let size = self.shared.settings.extranonce2_size;
                stratum::answer(id, &(ids, &extranonce1, size))
            }
            // Any login is good.
            "mining.authorize" => {
                self.authorized = true;
                stratum::accept(id)
            }
            "mining.configure" => stratum::answer(id, &extensions(request)?),
            "mining.submit" => {
                self.submit(request)?;
                stratum::accept(id)
            }
            "mining.extranonce.subscribe" | "mining.suggest_difficulty" => stratum::accept(id),
            _ => return Err(Reject::UnknownMethod),
        })
    }

    fn submit(&self, request: &Request<'_>) -> Result<(), Reject> {
        let mut book = lock(&self.shared.book);
        let read = if self.is_ready() {
            self.read_share(request)
        } else {
            Err(Reject::NotSubscribed)
        };
        match read {
            Ok((job_id, extranonce2, share)) => {
                book.judge(&job_id, &[&self.extranonce1, &extranonce2], share)
            }
            Err(why) => {
                book.count_rejected();
                Err(why)
            }
        }
    }

    fn read_share(&self, request: &Request<'_>) -> Result<(String, Vec<u8>, Share), Reject> {
        let text = |index| {
            request
                .param::<String>(index)
                .ok_or(Reject::Malformed("A parameter is not a string"))
        };
        let number = |index| {
            hex::decode_u32(&text(index)?).ok_or(Reject::Malformed("A number is not 8 hex digits"))
        };
        let extranonce2 = hex::decode(&text(2)?)
            .filter(|bytes| bytes.len() == self.shared.settings.extranonce2_size)
            .ok_or(Reject::InvalidExtranonce2)?;
        let version_bits = if request.param_count() > 5 {
            number(5)?
        } else {
            0
        };
        let share = Share {
            ntime: number(3)?,
            nonce: number(4)?,
            version_bits,
        };
        Ok((text(1)?, extranonce2, share))
    }

    async fn send_job(&mut self) -> io::Result<()> {
        let latest = lock(&self.shared.book).latest().cloned();
        let Some((id, template)) = latest else {
            return Ok(());
        };
        let clean = self.height != Some(template.height);
        self.height = Some(template.height);
        self.lines
            .send(downstream::notify(&id, &template.job, clean))
            .await
    }
}

fn extensions(request: &Request<'_>) -> Result<Map<String, Value>, Reject> {
    let wanted: Vec<String> = request
        .param(0)
        .ok_or(Reject::Malformed("Extensions is not an array of strings"))?;
    let mut answer = Map::new();
    for extension in wanted {
        let known = extension == "version-rolling";
        if known {
            let mask = format!("{VERSION_ROLLING_MASK:08x}");
            answer.insert("version-rolling.mask".to_owned(), json!(mask));
        }
        answer.insert(extension, json!(known));
    }
    Ok(answer)
}
