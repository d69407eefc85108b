//! E-mail by SMTP.

use super::{CA_LEN_MAX, read, secret};
use crate::causes::chain;
use crate::reach::message::Message;
use crate::reach::plan::Outcome;
use crate::reach::roster::{Email, Tls};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, Tls as ClientTls, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::{SmtpTransport, Transport as _};
use std::time::Duration;

/// How the node greets: its own name is nobody's affair.
const HELLO: &str = "localhost";

/// Tells programs that answer mail by themselves to leave it alone (RFC 3834, section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Sends a message.
pub(super) fn send(email: &Email, timeout: Duration, message: &Message) -> Outcome {
    let mail = match mail(email, message) {
        Ok(mail) => mail,
        Err(said) => return Outcome::Failed(said),
    };
    let transport = match transport(email, timeout) {
        Ok(transport) => transport,
        // A file that is not there may be put there.
        Err(said) => return Outcome::Later(said),
    };
    match transport.send(&mail) {
        Ok(response) => Outcome::Delivered(response.code().to_string()),
        Err(error) if error.is_permanent() => Outcome::Failed(chain(&error)),
        Err(error) => Outcome::Later(chain(&error)),
    }
}

/// Greets the server, and signs in.
pub(super) fn probe(email: &Email, timeout: Duration) -> Result<String, String> {
    let transport = transport(email, timeout)?;
    match transport.test_connection() {
        Ok(true) => Ok(format!("{}:{} answers", email.host, email.port)),
        Ok(false) => Err(format!("{}:{} closes the connection", email.host, email.port)),
        Err(error) => Err(format!("{}:{}: {}", email.host, email.port, chain(&error))),
    }
}

fn mail(email: &Email, message: &Message) -> Result<lettre::Message, String> {
    let address = |what: &str, text: &str| {
        text.parse::<lettre::message::Mailbox>()
            .map_err(|error| format!("{what} `{text}` is no address: {error}"))
    };
    let from = address("`from`", &email.from)?;
    let id = format!("<{}@{}>", message.key, from.email.domain());
    let built = lettre::Message::builder()
        .from(from)
        .to(address("`to`", &message.to)?)
        .subject(message.subject.clone())
        .message_id(Some(id))
        .date_now()
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN)
        .body(message.text.clone());
    built.map_err(|error| format!("the mail cannot be written: {error}"))
}

fn transport(email: &Email, timeout: Duration) -> Result<SmtpTransport, String> {
    let tls = match email.tls {
        Tls::None => ClientTls::None,
        Tls::Implicit => ClientTls::Wrapper(parameters(email)?),
        Tls::Starttls => ClientTls::Required(parameters(email)?),
    };
    let builder = SmtpTransport::builder_dangerous(email.host.clone())
        .port(email.port)
        .tls(tls)
        .hello_name(ClientId::Domain(HELLO.to_owned()))
        .timeout(Some(timeout));
    let Some((user, file)) = &email.login else { return Ok(builder.build()) };
    Ok(builder.credentials(Credentials::new(user.clone(), secret(file)?)).build())
}

fn parameters(email: &Email) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(email.host.clone());
    if let Some(file) = &email.ca_file {
        let pem = read(file, CA_LEN_MAX)?;
        let fault = |error| format!("`{}` holds no certificate: {}", file.display(), chain(&error));
        let trusted = Certificate::from_pem(pem.as_bytes()).map_err(fault)?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(trusted);
    }
    builder.build_rustls().map_err(|error| format!("TLS cannot be set up: {}", chain(&error)))
}
