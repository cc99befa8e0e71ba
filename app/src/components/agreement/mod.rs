//! What a contract's sides agreed on, how it ends, and its invoice.

mod invoice;
mod invoice_pages;
mod notice_form;
mod terms;

pub use invoice::InvoiceView;
use invoice_pages::InvoicePages;
pub use notice_form::NoticeForm;
pub use terms::AgreedTerms;
