//! The end of a contract, told beforehand.

use super::{super::Service, refusals::refused};
use api::{Error, Notice, NoticeGiven, Party};
use market::{Command, Event, Refusal};
use units::{AccountId, ContractId};

/// The command: with the epoch that is being delivered.
pub(crate) async fn give_notice(
    service: &Service,
    account: AccountId,
    contract: ContractId,
) -> Result<Command, Error> {
    let known = service.exchange.read(|market| {
        let found = market.contract(&contract);
        let found = found.ok_or(Refusal::UnknownContract)?;
        found.party(&account).ok_or(Refusal::NotParty)?;
        Ok(())
    });
    known.map_err(refused)?;
    let open_epoch = service
        .delivery(contract)
        .await?
        .log
        .read(|state| state.epochs());
    Ok(Command::GiveNotice {
        account,
        contract,
        open_epoch,
    })
}

/// A second notice causes nothing: the first one stands.
pub(crate) fn notice_given(
    service: &Service,
    events: &[Event],
    contract: ContractId,
) -> Result<NoticeGiven, Error> {
    let given = events.iter().find_map(|event| match event {
        Event::NoticeGiven { notice, .. } => Some(*notice),
        _ => None,
    });
    let stands = || {
        service
            .exchange
            .read(|market| market.contract(&contract)?.agreement.notice)
    };
    let notice = given.or_else(stands).ok_or_else(Error::internal)?;
    Ok(NoticeGiven {
        contract: contract.get(),
        notice: notice_of(notice),
    })
}

/// As the API tells it.
pub(crate) const fn notice_of(notice: market::Notice) -> Notice {
    Notice {
        by: match notice.by {
            market::Party::Buyer => Party::Buyer,
            market::Party::Host => Party::Host,
        },
        last_epoch: notice.last_epoch,
    }
}
