//! The steps of a task as JSON texts. Their TypeScript types are written from tests/core/generated.

use alloc::string::{String, ToString};

use crate::account::Step;
use crate::core4mica::SignIn;
use crate::json::Writer;

/// The next thing to do. Words are for the person, before the wallet is asked.
pub(super) fn step(step: &Step) -> String {
    match step {
        Step::Fetch { request, bearer } => Writer::object()
            .text("do", "fetch")
            .text("url", &request.url)
            .text_if("body", request.body.as_deref())
            .text_if("bearer", bearer.as_deref())
            .finish(),
        Step::Call { network, method, params } => Writer::object()
            .text("do", "call")
            .text("network", &network.to_string())
            .text("method", method)
            .raw("params", params)
            .finish(),
        Step::SignIn { login, core } => sign_in(login, core),
        Step::Sign { message, words } => Writer::object()
            .text("do", "sign")
            .text("words", words)
            .text("payer", &message.payer().checksummed())
            .text("chainId", &message.chain_id().to_string())
            .text("typedData", &message.typed_data())
            .finish(),
        Step::Send(transaction) => Writer::object()
            .text("do", "send")
            .text("words", &transaction.words)
            .raw("transaction", &transaction.to_json())
            .finish(),
        Step::Pause { ms } => Writer::object().text("do", "pause").integer("ms", u64::from(*ms)).finish(),
        Step::Done { result } => Writer::object().text("do", "done").raw("result", result).finish(),
        Step::Fail(failure) => Writer::object()
            .text("do", "fail")
            .text("code", failure.code.as_str())
            .text("facts", &failure.facts)
            .finish(),
    }
}

fn sign_in(login: &SignIn, core: &str) -> String {
    let parts = login.parts();
    let fields = Writer::object()
        .text("core", core)
        .text("domain", &parts.domain)
        .text("uri", &parts.uri)
        .text("statement", &parts.statement)
        .text("nonce", &parts.nonce)
        .text("issuedAt", &parts.issued_at)
        .text("expirationTime", &parts.expiration);
    Writer::object()
        .text("do", "sign-in")
        .text("words", &alloc::format!("Sign in to {}", parts.uri))
        .text("account", &login.address().checksummed())
        .text("chainId", &parts.chain_id.to_string())
        .text("message", &login.message())
        .raw("login", &fields.finish())
        .finish()
}
