//! Why a seller does not take a payment, or does not deliver: said to the buyer, and in the seller's reports.
//!
//! Apart from the payer's codes, which a page that pays should not carry these with.

use super::{Money, Next};

codes! {
    /// A stable code of the seller's half. Codes are only ever added; a meaning never changes. `next` is the buyer's.
    SaleCode

    Malformed "sale/malformed" Untouched Caller "the payment header cannot be read" "Send one payment: standard padded base64 of the JSON that x402 describes.";
    TwoHeaders "sale/two-headers" Untouched Caller "the request carries more than one payment" "Send `PAYMENT-SIGNATURE` (v2) or `X-PAYMENT` (v1), once.";
    Url "sale/url" Untouched Caller "the path of the request has more than one reading" "Send the path as the challenge names it.";
    NoMatch "sale/no-match" Untouched Retry "the payment is for none of the ways to pay that are offered now" "Read the new challenge and pay one of its entries.";
    Mismatch "sale/mismatch" Untouched Retry "the payment differs from the price of this request" "Read the new challenge; the field that differs is named.";
    Window "sale/window" Untouched NewId "the payment's time window does not leave the seller enough time, or too much" "Sign again, for the seconds that the challenge gives; check the clock.";
    Signature "sale/signature" Untouched Stop "the payment is not signed by the payer it names" "Check token, domain and key of the payer.";
    SignatureForm "sale/signature-form" Untouched Caller "the signature has a form that tokens and cores do not take from everybody" "Sign with an ordinary account: 65 bytes, low s, v of 27 or 28. Contract wallets are not accepted here.";
    SignIn "sale/sign-in" Untouched Caller "the sign-in header is not a valid one for this place and time" "Sign the message of the newest challenge.";
    Admission "sale/admission" Untouched Owner "the seller does not serve this buyer now" "Ask the seller; nothing was charged.";
    BodyTooLarge "sale/body-too-large" Untouched Caller "the body is larger than the seller takes with a payment" "Send less.";
    IdentifierMissing "sale/identifier-missing" Untouched Caller "the seller wants a payment identifier and there is none" "Send the extension `payment-identifier` with an id of your own.";
    IdentifierReused "sale/identifier-reused" Untouched SameId "another payment was made under this payment identifier" "Present the first payment again; nothing was charged for this one.";
    Reused "sale/reused" Untouched NewId "this payment was presented for another request, or under another name" "One payment buys one request, under one payment identifier.";
    InProgress "sale/in-progress" Unknown SameId "this payment is being handled at this moment" "Send the identical request again a moment later.";
    Delivered "sale/delivered" Moved NewId "this payment was delivered, and the result is not kept, or no longer" "Buy again to have it again.";
    Refused "sale/refused" Untouched NewId "the facilitator does not take the payment" "See its reason.";
    Unknown "sale/unknown" Unknown SameId "whether the payment was settled is not known yet" "Send the identical request again later; never pay again for it.";
    Facilitator "sale/facilitator" Untouched SameId "nobody could verify the payment just now, and nothing was settled" "Send the identical request again later.";
    Unproven "sale/unproven" Unknown SameId "the settlement was confirmed, but its proof does not hold" "The seller must look at it; never pay again for it.";
    HandlerFailed "sale/handler-failed" Untouched SameId "the seller could not do the work, so nothing was settled" "Send the identical request again, or leave it.";
    Owed "sale/owed" Moved SameId "the payment was settled and the work failed" "Send the identical request again; otherwise the seller owes a refund.";
    Store "sale/store" Untouched SameId "the seller's store did not answer, and nothing was settled" "Send the identical request again later.";
    StoreLate "sale/store-late" Unknown SameId "the seller's store did not confirm what happened to the payment" "Send the identical request again later; never pay again for it.";
    Setup "sale/setup" Untouched Seller "the seller's own set-up fails, so nothing can be sold" "Tell the seller; nothing was charged.";
    Unpaid "sale/unpaid" Untouched Owner "the result was delivered before the payment was settled, and then it was refused" "The seller decides; the amount stays counted against this payer.";
}

impl SaleCode {
    /// The code of that name.
    pub fn parse(text: &str) -> Option<Self> {
        SaleCode::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// HTTP status of the answer.
    pub const fn status(self) -> u16 {
        match self {
            SaleCode::Malformed
            | SaleCode::TwoHeaders
            | SaleCode::Url
            | SaleCode::SignIn
            | SaleCode::IdentifierMissing => 400,
            SaleCode::NoMatch
            | SaleCode::Mismatch
            | SaleCode::Window
            | SaleCode::Signature
            | SaleCode::SignatureForm
            | SaleCode::Unpaid
            | SaleCode::Refused => 402,
            SaleCode::Admission => 403,
            SaleCode::IdentifierReused | SaleCode::Reused | SaleCode::InProgress | SaleCode::Delivered => 409,
            SaleCode::BodyTooLarge => 413,
            SaleCode::HandlerFailed | SaleCode::Owed | SaleCode::Setup => 500,
            SaleCode::Unproven => 502,
            SaleCode::Unknown | SaleCode::Facilitator | SaleCode::Store | SaleCode::StoreLate => 503,
        }
    }
}
