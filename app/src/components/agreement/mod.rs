//! What a contract's sides agreed on, how it ends, and its invoice.

mod invoice;
mod notice_form;
mod terms;

pub use invoice::InvoiceView;
pub use notice_form::NoticeForm;
pub use terms::AgreedTerms;
