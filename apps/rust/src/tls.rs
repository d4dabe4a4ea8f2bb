//! TLS 1.2 or newer, certificate and host name verified; there is no way to turn that off.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Code, Error};

pub type TlsConfig = Arc<ClientConfig>;

/// Trusts the CAs of a PEM file, or else the system's.
pub fn create_tls_config(ca_cert_path: Option<&str>) -> Result<TlsConfig, Error> {
    let mut roots = RootCertStore::empty();
    let certificates = match ca_cert_path {
        Some(path) => read_pem(path)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        let message = match ca_cert_path {
            Some(path) => format!("CA_CERT_PATH \"{path}\" cannot be used: it holds no certificate."),
            None => "This system trusts no CA: install its CA certificates, or set CA_CERT_PATH.".into(),
        };
        return Err(Error::new(Code::Config, message));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| Error::new(Code::Tls, format!("TLS cannot be used: {error}.")))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn read_pem(path: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let unusable =
        |reason: String| Error::new(Code::Config, format!("CA_CERT_PATH \"{path}\" cannot be used: {reason}."));
    let text = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|error| unusable(error.to_string()))
}
