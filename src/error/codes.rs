//! The table: name, code, what may have happened to money, what a program can do, what happened, what a person can do.

use super::{Money, Next};

codes! {
    /// A stable error code, `stage/reason`. Codes are only ever added; a meaning never changes.
    Code

    // The seller's challenge cannot be read. The seller can fix it.
    Base64 "parse/base64" Untouched Seller "the PAYMENT-REQUIRED header is not standard padded base64" "Tell the seller: standard alphabet, padding, no spaces or line breaks.";
    Base64TrailingBits "parse/base64-trailing-bits" Untouched Seller "the PAYMENT-REQUIRED header has a second spelling of its last base64 character" "Tell the seller to use an ordinary base64 encoder.";
    MultipleHeaders "parse/multiple-headers" Untouched Seller "the answer carries more than one PAYMENT-REQUIRED header" "Tell the seller, or whoever runs the proxy in front, to send one.";
    TooLarge "parse/too-large" Untouched Seller "the challenge is larger than 16 KiB in the header or 64 KiB in the body" "Tell the seller to shorten descriptions and extensions.";
    EchoTooLarge "parse/echo-too-large" Untouched Seller "the part of the challenge that must be sent back is larger than 4 KiB" "Tell the seller to shorten `extra`, `resource` and `extensions`.";
    Utf8 "parse/utf8" Untouched Seller "the challenge contains bytes or escapes that are not Unicode text" "Tell the seller.";
    Json "parse/json" Untouched Seller "the challenge is not one well-formed JSON text" "Tell the seller.";
    Depth "parse/depth" Untouched Seller "the challenge nests deeper than 16 levels" "Tell the seller.";
    FieldTooLong "parse/field-too-long" Untouched Seller "a text in the challenge is longer than 2048 bytes" "Tell the seller to shorten it.";
    DuplicateKey "parse/duplicate-key" Untouched Elsewhere "the challenge names the same key twice, so two readers could see two prices" "Do not pay this seller until it is fixed.";
    ForbiddenKey "parse/forbidden-key" Untouched Elsewhere "the challenge contains a key that attacks JavaScript objects (__proto__, constructor, prototype)" "Do not pay this seller.";
    UnknownKey "parse/unknown-key" Untouched Seller "a key looks like a known one but is not (other case, separators or letters)" "Tell the seller the exact key names of the x402 specification.";
    Type "parse/type" Untouched Seller "a field has another JSON type than the x402 specification gives it" "Tell the seller.";
    Version "parse/version" Untouched Seller "x402Version is not the number 1 or 2" "Tell the seller; or update farthing if a newer x402 exists.";
    VersionConflict "parse/version-conflict" Untouched Elsewhere "the header and the body of the challenge ask for different payments" "Do not pay this seller until both agree.";
    MixedVersion "parse/mixed-version" Untouched Seller "a requirement mixes fields of x402 v1 and v2" "Tell the seller to send `amount` (v2) or `maxAmountRequired` (v1), never both.";
    Accepts "parse/accepts" Untouched Seller "the challenge offers no way to pay" "Tell the seller: `accepts` is missing or empty.";
    TooMany "parse/too-many" Untouched Seller "the challenge offers more than 16 ways to pay" "Tell the seller.";
    AmountType "parse/amount-type" Untouched Seller "the amount is not a JSON string" "Tell the seller: atomic units as a decimal string.";
    AmountSyntax "parse/amount-syntax" Untouched Seller "the amount is not a plain decimal count of atomic units" "Tell the seller: ASCII digits only.";
    AmountNoncanonical "parse/amount-noncanonical" Untouched Seller "the amount has leading zeros" "Tell the seller: one price, one spelling.";
    AmountRange "parse/amount-range" Untouched Seller "the amount is above 2^256 - 1" "Tell the seller.";
    NetworkSyntax "parse/network" Untouched Elsewhere "the network is not one this package knows how to read" "Only EVM networks (CAIP-2 `eip155:…`, or the v1 names) are supported; see the README.";
    Scheme "parse/scheme" Untouched Elsewhere "the payment scheme is not one this package speaks" "Supported: `exact` (EIP-3009) and `4mica-credit`.";
    AddressSyntax "parse/address-syntax" Untouched Seller "an address is not 0x and 40 hexadecimal digits" "Tell the seller: names, ICAP and roles are not addresses.";
    AddressChecksum "parse/address-checksum" Untouched Elsewhere "an address fails its EIP-55 checksum: mistyped or altered" "Do not pay this seller until it is fixed.";
    WindowType "parse/window-type" Untouched Seller "maxTimeoutSeconds is not a JSON number" "Tell the seller.";
    Window "parse/window" Untouched Seller "maxTimeoutSeconds is not a whole number from 1 up" "Tell the seller.";
    ResourceOrigin "parse/resource-origin" Untouched Elsewhere "the challenge is for another resource than the one requested" "Do not pay: the challenge may be replayed from elsewhere. A seller behind a proxy must publish its public URL.";
    SiwxDomain "parse/siwx-domain" Untouched Elsewhere "the challenge asks to sign in to another domain" "Do not use this seller.";
    ChallengeHidden "parse/challenge-hidden" Untouched Elsewhere "the answer is 402 but its challenge is not readable here" "If this is a browser: the seller must list PAYMENT-REQUIRED in Access-Control-Expose-Headers. Otherwise the answer is not x402.";

    // The owner's policy says no. The payer can change it.
    OverCap "policy/over-cap" Untouched Owner "the price is above the limit for one request" "Raise `perRequest` if the price is right.";
    NoCap "policy/no-cap" Untouched Owner "the policy sets no limit in this asset's currency" "Add the asset to `perAsset`, or pin its currency in `assets`.";
    AmountZero "policy/amount-zero" Untouched Seller "the price is zero, which still signs" "Tell the seller to serve free content without a payment.";
    SchemeNotAllowed "policy/scheme-not-allowed" Untouched Owner "the policy does not allow this scheme" "Add it to `schemes`.";
    NetworkNotAllowed "policy/network-not-allowed" Untouched Owner "the policy does not allow this network" "Add it to `networks`.";
    AssetNotAllowed "policy/asset-not-allowed" Untouched Owner "the asset is not pinned, or the policy does not allow it" "Pin it in `assets` with its name, version and decimals, checked on the chain.";
    SellerNotAllowed "policy/seller-not-allowed" Untouched Owner "the policy does not allow this seller" "Add its origin to `sellers`. Hosts that are not ordinary https names must be listed with scheme and port.";
    PaytoForbidden "policy/payto-forbidden" Untouched Elsewhere "the recipient is the payer, a token, or an address nobody owns" "Do not pay this seller.";
    PaytoNotPinned "policy/payto-not-pinned" Untouched Owner "the recipient is not one pinned for this seller" "Check with the seller by another channel, then change `payTo`.";
    DomainPin "policy/domain-pin" Untouched Elsewhere "the seller describes the token or contract differently from the pinned table" "Do not pay: a signature under other terms could be valid elsewhere.";
    TransferMethod "policy/transfer-method" Untouched Elsewhere "the seller asks for a transfer method other than EIP-3009" "Ask the seller for EIP-3009.";
    UnlimitedApproval "policy/unlimited-approval" Untouched Elsewhere "the seller asks for a token approval, which outlives the payment" "Ask the seller for EIP-3009.";
    RedirectCrossOrigin "policy/redirect-cross-origin" Untouched Caller "the request was redirected to another origin before the price was named" "Request the final URL yourself if you trust it.";
    RedirectBody "policy/redirect-body" Untouched Caller "a request with a body was redirected before the price was named" "Request the final URL yourself.";
    OverAtMost "policy/over-at-most" Untouched Caller "the price is above what this call may cost" "Raise `atMost` of the call if the price is right.";
    TermsChanged "policy/terms-changed" Untouched Retry "the terms are not those of the quote, or of the last purchase" "Ask for a new quote and look at it.";
    SellerDenied "policy/seller-denied" Untouched Elsewhere "the policy denies this seller" "Remove it from `sellers.deny` if it should be paid.";
    CategoryNotAllowed "policy/category-not-allowed" Untouched Owner "the policy does not allow this category" "Add it to `categories`.";
    PriceRise "policy/price-rise" Untouched Owner "the price rose more since the last purchase than the policy allows" "Check with the seller, or raise `maxRise`.";
    StoreEphemeral "policy/store-ephemeral" Untouched Owner "the price is above what may be paid while records live in memory only" "Pass a durable `store`, or raise `ephemeralLimit`.";
    ObserveOnly "policy/observe-only" Untouched Owner "the policy only observes: this would have been paid" "Set `mode` to pay when the records look right.";
    AskAmount "approval/amount" Untouched Owner "the price is one the owner wants to be asked about" "Show the ticket to the owner; call again once it is approved.";
    AskSeller "approval/new-seller" Untouched Owner "this seller was never paid before" "Show the ticket to the owner; call again once it is approved.";
    AskPayTo "approval/payto-changed" Untouched Owner "the recipient is not the one this seller had before" "Check with the seller by another channel before approving the ticket.";
    AskTerms "approval/terms-changed" Untouched Owner "the terms changed since the last purchase" "Show the ticket to the owner; call again once it is approved.";
    AskPriceRise "approval/price-rise" Untouched Owner "the price rose since the last purchase" "Show the ticket to the owner; call again once it is approved.";
    AskCategory "approval/category" Untouched Owner "the owner wants to be asked about this category" "Show the ticket to the owner; call again once it is approved.";
    ApprovalDeclined "approval/declined" Untouched Stop "the owner said no" "Nothing to fix.";
    ApprovalMismatch "approval/mismatch" Untouched Owner "there is no open question of that id and those terms" "It expired, was answered, or is about other terms: call again for a new ticket.";
    Stopped "policy/stopped" Untouched Stop "payments were stopped" "The owner decides when they go on: `resumePayments(store)`.";
    BudgetExceeded "budget/exceeded" Untouched Wait "this payment would exceed a budget" "Wait for the window to pass, or raise the budget; then buy with another purchase id.";

    // 4Mica Core, needed before a guarantee can be signed.
    CoreUnknown "guarantee/core-unknown" Untouched Owner "no 4Mica core is configured for this network" "Add it to `cores`.";
    CoreUnreachable "guarantee/core-unreachable" Untouched Retry "4Mica Core did not answer" "Try again; nothing was signed.";
    CoreAnswer "guarantee/core-answer" Untouched Owner "4Mica Core gave an answer that cannot be understood" "Check the `url` of the core, or update farthing.";
    CoreChanged "guarantee/core-changed" Untouched Stop "4Mica Core's public parameters differ from the pinned ones" "Stop. Find out why before changing the pin.";
    CoreLogin "guarantee/core-login" Untouched Owner "4Mica Core wants a login for what this generation needs" "Pass `account` (`openAccount` of farthing/4mica), opened by this payer on this network.";
    Generation "guarantee/generation" Untouched Owner "the 4Mica generation is unknown or not the configured one" "Set `generation` of the core to what it speaks.";
    ValidationIncomplete "guarantee/validation-incomplete" Untouched Seller "the seller gives only part of a validation policy" "Tell the seller: all fields or none.";
    ValidationNotAllowed "guarantee/validation-not-allowed" Untouched Owner "the seller's validation policy is not one the core trusts, or the owner allows" "Check it with the seller; see `facts`, and `validations` of the core.";
    TabEndpoint "guarantee/tab-endpoint" Untouched Seller "the seller's tab endpoint may not be asked, is missing, or did not answer" "List its origin in `tabOrigins` of the core if you trust it; set `generation` to `cycle` if that is what the core speaks.";
    TabAnswer "guarantee/tab-answer" Untouched Seller "the seller's answer about the tab cannot be used" "Tell the seller: `userAddress`, `tabId` and `nextReqId`, each in one canonical spelling.";
    TabRequestId "guarantee/tab-request-id" Untouched Seller "the seller names a request id of the tab that was used before" "Tell the seller to name the next one, or to open another tab; nothing is signed twice under one number.";

    // The wallet.
    WalletRejected "sign/rejected" Untouched Stop "the person behind the wallet said no" "Nothing to fix.";
    WalletFailed "sign/wallet-failed" Unknown Wait "the wallet failed after it was asked; it may have signed" "Look at the wallet. The budget stays held until the authorisation expires.";
    WalletAccount "sign/account" Untouched Owner "the wallet has no account, or another one is selected" "Select the account that pays and try again.";
    WalletChain "sign/chain" Untouched Owner "the wallet is on another chain than the payment" "Switch the wallet's network and try again.";
    SignatureFormat "sign/format" NotSent Owner "the wallet's answer is not a 65-byte ECDSA signature" "Contract wallets cannot pay this scheme; use an ordinary account.";
    SignatureSigner "sign/signer" NotSent Stop "the signature is not the payer's over exactly these terms" "Do not use this wallet: it signed something else, or with another key.";
    SignatureExpired "sign/expired" NotSent NewId "the wallet answered after the payment's time had run out" "Try again and confirm sooner, or raise `maxWindowSeconds`.";
    KeyInvalid "sign/key" Untouched Caller "the private key is not 32 bytes in the range of secp256k1" "Check the key's source.";

    // After the signed payment left.
    SettlementLost "settlement/lost" Unknown SameId "the connection failed after the signed payment left" "Call again: the same signed payment is presented, never a new one.";
    SettlementRedirected "settlement/redirected" Unknown SameId "the seller redirected the paid request; it was not followed" "Ask the seller; call again to present the same payment.";
    SettlementDemandedAgain "settlement/demanded-again" Unknown SameId "the seller asks for payment again after it was sent" "Do not pay again by hand. Call again to present the same payment, or ask the seller.";
    SettlementUnavailable "settlement/unavailable" Unknown SameId "the seller failed after it got the payment" "Call again: the same signed payment is presented.";
    PaidRedirect "settlement/paid-redirect" Moved Stop "the payment settled, and the seller redirected the content, which was not followed" "Request the content at its new address yourself.";
    SettlementMissing "settlement/missing" Unknown Stop "the seller answered without saying whether it settled" "The content is delivered; the amount stays counted as spent. In a browser the seller must expose PAYMENT-RESPONSE.";
    SettlementUnreadable "settlement/unreadable" Unknown Stop "the seller's settlement cannot be read" "The content is delivered; the amount stays counted as spent.";
    SettlementFailure "settlement/reported-failure" Unknown Stop "the seller says the settlement failed, which proves nothing" "The signed payment may still be used; the amount stays counted as spent.";
    SettlementContradicts "settlement/contradicts" Unknown Stop "the settlement names another payer, network or amount than was signed" "Keep the record; ask the seller.";

    // Certificates of 4Mica Core.
    CertificateEncoding "certificate/encoding" Unknown Seller "the certificate is not one of the known encodings" "Keep the record; ask the seller.";
    CertificateClaims "certificate/claims" Unknown Seller "the certificate is for other terms than were signed" "Keep the record as evidence and ask 4Mica.";
    CertificateKeyEncoding "certificate/key-encoding" Unknown Owner "the operator's key is not a valid BLS12-381 public key" "Check the pinned operator key.";
    CertificateKeyInfinity "certificate/key-infinity" Unknown Owner "the operator's key is the point at infinity" "Check the pinned operator key.";
    CertificateSignatureEncoding "certificate/signature-encoding" Unknown Seller "the certificate's signature is not a valid BLS12-381 point" "Keep the record as evidence and ask 4Mica.";
    CertificateSignatureInfinity "certificate/signature-infinity" Unknown Seller "the certificate's signature is the point at infinity" "Keep the record as evidence and ask 4Mica.";
    CertificateSignatureMismatch "certificate/signature-mismatch" Unknown Seller "the certificate was not signed by the pinned operator key" "Keep the record as evidence and ask 4Mica.";

    CertificateUnchecked "certificate/unchecked" Unknown Owner "the certificate could not be checked here" "The content is delivered; the amount stays counted as spent. See `cause`.";

    // What a core or a facilitator refuses. Where a guarantee was signed for, it stays counted as spent.
    CoreCollateral "core/collateral" Unknown Owner "the payer has not enough free collateral in this asset" "Deposit collateral, or wait until a cycle frees some.";
    CoreNotRegistered "core/not-registered" Unknown Owner "the payer never deposited collateral at this core" "Deposit collateral first.";
    CoreSuspended "core/suspended" Unknown Owner "the core suspended this payer" "Ask 4Mica why.";
    CoreSignature "core/signature" Unknown Stop "the core does not take the signature" "Check that domain name, version and chain are those of the core's public parameters.";
    CoreDuplicate "core/duplicate" Unknown SameId "the core already knows a guarantee of this request id, maybe this one" "Call again with the same purchase id; never sign another one for the same purchase.";
    CoreFutureTimestamp "core/future-timestamp" Unknown SameId "the signed time is ahead of the core's clock" "Present the same bytes again a moment later, and set the clock.";
    CoreStaleTimestamp "core/stale-timestamp" Unknown NewId "the signed time is outside the core's cycle" "Buy with another purchase id: the time is taken from the core's clock again.";
    CoreCutoff "core/not-past-cutoff" Unknown NewId "the signed time is not after the last checkpoint" "Buy with another purchase id, a second after the checkpoint.";
    CoreCycleMismatch "core/cycle-mismatch" Unknown NewId "the payment was signed for a cycle that is over" "Buy with another purchase id: the cycle is asked for again.";
    CoreCheckpointRequired "core/checkpoint-required" Unknown SameId "the core wants a checkpoint before it issues more" "Sign the checkpoint, then call again with the same purchase id.";
    CoreCheckpointMismatch "core/checkpoint-mismatch" Untouched Retry "the core counts other payments than the checkpoint covers" "Read the batch again and compare it with the records.";
    CoreBatch "core/batch" Untouched Stop "the core's batch holds what this payer never authorised so" "Do not sign. Keep the answer as evidence and ask 4Mica.";
    CoreBusy "core/busy" Unknown SameId "the core asks for the identical request again" "Call again with the same purchase id, never with new bytes.";
    CoreFailed "core/failed" Unknown SameId "the core failed, or its answer was lost; a guarantee may exist" "Call again with the same purchase id, never with new bytes.";
    CoreRefused "core/refused" Unknown Owner "the core refused for a reason this version does not know" "Read the quoted reason; update farthing if it is newer.";
    CoreFormat "core/format" Unknown Caller "the core or the facilitator cannot read the request" "Check the generation of the core; otherwise this is a bug in farthing: please report it.";
    CoreNotFound "core/not-found" Unknown Owner "there is no such route at this address" "Check the `url` of the core or facilitator.";
    CoreToken "core/token" Untouched Retry "the core does not take the login" "Sign in again.";
    CoreScope "core/scope" Untouched Owner "this login may not ask for that" "Sign in with the account concerned; issuing also needs the scope guarantee:issue.";
    CoreLoginRefused "core/login-refused" Untouched Retry "the core refused the sign-in" "Sign in again; a second refusal is for the owner to look at.";
    CoreLoginTemplate "core/login-template" Untouched Stop "the core asks to sign in to another place, chain or time" "Do not sign. Check the `url` of the core, and the clock.";
    CoreNotParticipant "core/not-participant" Untouched Stop "this account takes no part in that cycle" "Nothing to fix.";
    CoreNotCleared "core/not-cleared" Untouched Wait "the cycle is not cleared yet" "Ask again after the cycle's end.";
    CoreUnknownCycle "core/unknown-cycle" Untouched Caller "the core knows no such cycle" "Check asset and time of the cycle; generations 2 and 3 take its text, not its hash.";
    CoreWrongRole "core/wrong-role" Untouched Caller "the action is for the other side of the cycle" "Debtors pay, creditors claim.";
    CoreProof "core/proof" Untouched Stop "the core's clearing answer contradicts itself or what was asked" "Do not pay. Keep the answer as evidence and ask 4Mica.";
    FacilitatorUnsupported "facilitator/unsupported" Unknown Seller "the facilitator does not serve this network, scheme or version" "Tell the seller.";
    FacilitatorMismatch "facilitator/mismatch" Unknown Seller "the payment is not what the facilitator was told to expect" "Tell the seller.";
    SponsorRefused "facilitator/sponsor-refused" Unknown Owner "the facilitator does not send this transaction" "See its reason; the transaction can be sent by the wallet itself.";
    SponsorUnknown "facilitator/sponsor-unknown" Unknown Wait "whether the facilitator sent the transaction is not known" "Look at the chain before asking again.";

    // A 4Mica account: what its wallet sends, and what the chain says.
    AccountNode "account/node" Untouched Owner "the node did not answer, or its answer cannot be used" "Check `rpc`: a node of this network, reachable from here.";
    AccountNoNode "account/no-node" Untouched Caller "this needs a node of the network and none is configured" "Pass `rpc`, or take the calldata (`via: 'calldata'`).";
    AccountNoFacilitator "account/no-facilitator" Untouched Caller "this needs a facilitator and none is configured" "Pass `facilitator`, or let the wallet send (`via: 'wallet'`).";
    AccountContract "account/contract" Untouched Owner "the contract is neither pinned nor told by a generation that signs for it" "Pin `clearingHouse` of the core, from 4Mica's own documentation.";
    AccountAsset "account/asset" Untouched Caller "this cannot be done with this token" "Use a pinned token of the network; native ether has no gasless way.";
    AccountFunds "account/funds" Untouched Owner "the wallet does not hold that much of the token" "Send tokens to the account first.";
    AccountWouldRevert "account/would-revert" Untouched Owner "the contract would refuse this transaction" "See its reason; nothing was sent.";
    AccountReverted "account/reverted" Unknown Stop "the transaction was mined and did nothing but cost its gas" "See its reason before trying again.";
    AccountPending "account/pending" Unknown Wait "the transaction was sent and is not mined yet" "Look for its hash; do not send another one.";
    AccountDeadline "account/deadline" Untouched Stop "the time to pay this cycle is over" "The operator takes it from the collateral; ask 4Mica.";
    AccountSettled "account/already-settled" Moved Stop "this account settled that cycle before" "Nothing to do.";
    AccountWallet "account/wallet-failed" Unknown Wait "the wallet failed after it was asked; it may have signed or sent" "Look into the wallet before trying again.";
    WalletNoSignIn "sign/cannot-sign-in" Untouched Caller "this wallet cannot sign a login" "Use a wallet with `signIn`, or `personal_sign`.";
    WalletNoSend "sign/cannot-send" Untouched Caller "this wallet signs and sends nothing" "Take the calldata (`via: 'calldata'`), or a facilitator (`via: 'facilitator'`).";

    // Records and the store.
    StoreFailed "store/failed" NotSent SameId "the store did not confirm a write, so no payment left" "Look at the store; call again.";
    StoreFailedLate "store/failed-late" Unknown SameId "the store did not confirm what happened to a payment that left" "Look at the store. The budget stays held.";
    StoreChanged "store/changed" Untouched Retry "what the store remembers of this seller changed at this moment" "Call again: another purchase of the same seller came first.";
    RecordUnreadable "store/unreadable" Unknown Owner "what the store keeps of this purchase cannot be used by this version and configuration" "Update farthing, or put back the configuration it was paid with; the entry is kept as it is.";
    PurchaseConflict "purchase/id-conflict" Untouched NewId "the purchase id was used for another request" "Use one id for one request.";
    PurchaseInProgress "purchase/in-progress" Unknown SameId "another process is paying this purchase" "Wait for it; call again with the same purchase id.";
    PurchaseSettled "purchase/already-settled" Moved NewId "this purchase was paid before and the seller no longer answers it" "Ask the seller for the result; use a new purchase id to buy again.";
    PurchaseRefused "purchase/refused-before" Untouched NewId "this purchase id was refused before, and nothing was paid" "Decide anew: use another purchase id.";
    PurchaseInterrupted "purchase/interrupted" Unknown Wait "an earlier run stopped while the wallet was asked" "The authorisation may exist and the budget stays held. Once it has expired, use a new purchase id.";
    PurchaseIrrevocable "purchase/irrevocable" Unknown Wait "a 4Mica guarantee cannot be cancelled" "The amount stays counted as spent until its certificate or the record of the core settles it.";

    // The request, and how the package is used.
    RequestUrl "request/url" Untouched Caller "the URL is not an absolute http or https URL" "Pass an absolute URL without user name and password.";
    RequestBody "request/body-not-replayable" Untouched Caller "the body is larger than the replay limit, or cannot be read here, so it could not be sent twice" "Raise `maxBodyBytes`, or send text or bytes; see the facts.";
    RequestHeader "request/header" Untouched Caller "the request already carries a payment header" "Do not wrap fetch twice, and do not set payment headers yourself.";
    RequestFailed "request/failed" Untouched Retry "the network failed before anything was signed" "Try again.";
    Aborted "request/aborted" Untouched NewId "the caller aborted before anything was signed" "Nothing to fix.";
    AbortedUnsent "request/aborted-unsent" NotSent NewId "the caller aborted after signing, before the payment left" "Nothing to fix.";
    AbortedLate "request/aborted-late" Unknown SameId "the caller aborted after the signed payment left" "Call again: the same signed payment is presented.";
    PolicySyntax "misuse/policy" Untouched Owner "the policy cannot be read" "See the field named in the message.";
    Options "misuse/options" Untouched Caller "an option has a value that makes no sense" "See the field named in the message.";
    Entropy "misuse/entropy" Untouched Stop "the random source repeated itself" "Stop: this runtime's randomness is broken or frozen in a snapshot.";
    Clock "misuse/clock" Untouched Owner "the clock is outside any plausible range, or jumped during the purchase" "Set the clock.";
    ClockSkew "misuse/clock-skew" Untouched Owner "this clock and the seller's differ by more than 30 seconds" "Set the clock; a signed window would be meaningless.";
    StartUp "misuse/start-up" Untouched Owner "the WebAssembly module could not be started" "See `cause`. Pages with a strict CSP need `wasm-unsafe-eval`.";
    Trapped "misuse/trapped" Unknown Stop "the WebAssembly module stopped in the middle of its work" "This is a bug in farthing: please report it. The store knows what was signed.";
    OutOfOrder "misuse/out-of-order" Unknown Stop "the driver answered a command that was not asked" "This is a bug in the driver: please report it.";
}
