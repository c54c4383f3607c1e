//! What can go wrong, and where.

use super::world::Errand;

/// One fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    // Messages: lost, late or repeated on the way there or back.
    LostThere,
    LostBack,
    LateThere,
    LateBack,
    Twice,
    TwiceMuchLater,
    SecondAnswer,
    /// Somebody else moved the row on first.
    Overruled,
    // The unpaid answer.
    Free,
    Dearer,
    TooDear,
    ForNothing,
    OtherRecipient,
    PayerItself,
    OtherNetwork,
    TwoOffers,
    LongWindow,
    Undated,
    Misdated,
    MovedInside,
    MovedOutside,
    Unreadable,
    Unavailable,
    // The wallet.
    Refuses,
    OtherAccount,
    OtherChain,
    Fails,
    FailsAfterSigning,
    AnswersAfterExpiry,
    SignsAsOther,
    SignsOther,
    Garbage,
    HighForm,
    AnswersTwice,
    // The paid answer; the first of each pair without a settlement.
    DemandsAgain,
    DemandsAgainSettled,
    Denies,
    DeniesSettled,
    OtherPayer,
    OtherNetworkSaid,
    OtherAmount,
    Silent,
    SilentSettled,
    Unavailable500,
    Unavailable500Settled,
    Redirects,
    RedirectsSettled,
    HidesRedirect,
    FalselyProven,
    ProvenButFailing,
    UnreadableSettlement,
    // The owner.
    SaysNo,
    SaysNothing,
    SaysYesLate,
    // The process, before the errand leaves, while it is away, or after its effect.
    CrashBefore,
    CrashAway,
    CrashAfter,
    AbortBefore,
    AbortAway,
    AbortAfter,
    StopBefore,
    StopAfter,
    StopAllBefore,
    StopAllAfter,
    ClockBackSeconds,
    ClockBackHours,
    ClockAheadSeconds,
    ClockAheadMinutes,
    ClockAheadDays,
    ClockBroken,
}

use Fault::*;

const STORE_READ: &[Fault] = &[LostThere, LateBack];
const STORE_WRITE: &[Fault] =
    &[LostThere, LostBack, LateThere, LateBack, Twice, TwiceMuchLater, SecondAnswer, Overruled];
const UNPAID: &[Fault] = &[
    LostThere,
    Free,
    Dearer,
    TooDear,
    ForNothing,
    OtherRecipient,
    PayerItself,
    OtherNetwork,
    TwoOffers,
    LongWindow,
    Undated,
    Misdated,
    MovedInside,
    MovedOutside,
    Unreadable,
    Unavailable,
];
const ACCOUNT: &[Fault] = &[OtherAccount, Fails, LateBack];
const DOCUMENT: &[Fault] = &[LostThere, Unreadable, Unavailable];
const SIGNING: &[Fault] = &[
    Refuses,
    OtherAccount,
    OtherChain,
    Fails,
    FailsAfterSigning,
    LateThere,
    LateBack,
    AnswersAfterExpiry,
    SignsAsOther,
    SignsOther,
    Garbage,
    HighForm,
    AnswersTwice,
];
const PAID: &[Fault] = &[
    LostThere,
    LostBack,
    LateThere,
    LateBack,
    Twice,
    TwiceMuchLater,
    DemandsAgain,
    DemandsAgainSettled,
    Denies,
    DeniesSettled,
    OtherPayer,
    OtherNetworkSaid,
    OtherAmount,
    Silent,
    SilentSettled,
    Unavailable500,
    Unavailable500Settled,
    Redirects,
    RedirectsSettled,
    HidesRedirect,
    FalselyProven,
    ProvenButFailing,
    UnreadableSettlement,
];
const OWNER: &[Fault] = &[SaysNo, SaysNothing, SaysYesLate];

/// What can go wrong with an errand.
pub fn of_errand(errand: &Errand) -> &'static [Fault] {
    match errand {
        Errand::Load(_) | Errand::Look(_) => STORE_READ,
        Errand::Probe => UNPAID,
        Errand::Account => ACCOUNT,
        Errand::Fetch(_) => DOCUMENT,
        Errand::Reserve(_) | Errand::Advance(..) | Errand::Keep(_) => STORE_WRITE,
        Errand::Ask(_) => OWNER,
        Errand::Sign(_) => SIGNING,
        Errand::SignHere(_) => &[],
        Errand::Send { .. } => PAID,
        Errand::Verify { .. } => &[LostThere],
    }
}

const PROCESS: &[Fault] = &[
    CrashBefore,
    CrashAway,
    CrashAfter,
    AbortBefore,
    AbortAway,
    AbortAfter,
    StopBefore,
    StopAfter,
    StopAllBefore,
    StopAllAfter,
    ClockBackSeconds,
    ClockBackHours,
    ClockAheadSeconds,
    ClockAheadMinutes,
    ClockAheadDays,
    ClockBroken,
];
// Neither the caller nor a stop is looked at any more.
const LAST: &[Fault] = &[CrashBefore, CrashAway, CrashAfter];

/// What can happen to the process meanwhile.
pub fn of_process(errand: &Errand) -> &'static [Fault] {
    if matches!(errand, Errand::Keep(_) | Errand::Look(_)) { LAST } else { PROCESS }
}
