//! TLS for machines that speak it: the same protocol on a port of its own.

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{path::PathBuf, sync::Arc};
use tokio_rustls::TlsAcceptor;

/// The files that a TLS listener needs.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate and those that vouch for it, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

/// Why a TLS listener cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file does not hold what it should.
    #[error("{path} cannot be used for TLS: {why}")]
    File {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
    /// Certificate and key do not fit, or are of a kind that is not known.
    #[error("{certificate} and {key} cannot be used together for TLS: {why}")]
    Pair {
        /// The certificate's file.
        certificate: String,
        /// The key's file.
        key: String,
        /// Why.
        why: rustls::Error,
    },
    /// The library has no version of TLS.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

impl TlsFiles {
    /// Looks whether they can be used: at the start, before anything is settled.
    ///
    /// # Errors
    /// `TlsError`, as one sentence.
    pub fn check(&self) -> Result<(), TlsError> {
        acceptor(self).map(|_| ())
    }
}

/// Reads the files.
///
/// # Errors
/// `TlsError`, as one sentence.
pub(super) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let unusable = |path: &PathBuf, why: String| TlsError::File {
        path: path.display().to_string(),
        why,
    };
    let no_certificate =
        |why: rustls::pki_types::pem::Error| unusable(&files.certificate, why.to_string());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
        .map_err(no_certificate)?
        .collect::<Result<_, _>>()
        .map_err(no_certificate)?;
    if chain.is_empty() {
        return Err(unusable(
            &files.certificate,
            "it holds no certificate".into(),
        ));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|why| unusable(&files.key, why.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|why| TlsError::Pair {
            certificate: files.certificate.display().to_string(),
            key: files.key.display().to_string(),
            why,
        })?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
