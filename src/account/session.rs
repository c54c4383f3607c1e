//! A login at one core, shared by the tasks of one account: taken when first needed, renewed, and let go.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use super::Failure;
use super::task::{Fetched, Outside};
use crate::core4mica::{self, Request, SignIn, Tokens};
use crate::error::Code;
use crate::primitives::{Address, Secret};
use crate::registry::Core;

/// A token that ends within this many seconds is renewed first.
const MARGIN_S: u64 = 30;
/// How often, and how long apart, a task looks whether another one has logged in meanwhile: two minutes for a person.
const LOOKS: u32 = 600;
const LOOK_MS: u32 = 200;

/// The login of one account at one core.
#[derive(Clone, Debug)]
pub(super) struct Session(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    core: Core,
    address: Address,
    tokens: RefCell<Option<Tokens>>,
    busy: Cell<bool>,
    /// Logins begun so far.
    turns: Cell<u64>,
    /// Why the latest login that failed did, and its number.
    failed: RefCell<Option<(u64, Failure)>>,
}

impl Session {
    pub(super) fn new(core: Core, address: Address) -> Self {
        Session(Rc::new(Inner {
            core,
            address,
            tokens: RefCell::new(None),
            busy: Cell::new(false),
            turns: Cell::new(0),
            failed: RefCell::new(None),
        }))
    }

    pub(super) fn core(&self) -> &Core {
        &self.0.core
    }

    pub(super) fn address(&self) -> &Address {
        &self.0.address
    }

    /// Sends a request, with a token where it needs one. A token that the core no longer takes is replaced, once.
    pub(super) async fn fetch(&self, outside: &Outside, request: Request) -> Result<Fetched, Failure> {
        // Whoever holds a token is the account: nobody but the core is ever shown one.
        if !request.login || !self.is_of_core(&request.url) {
            return outside.fetch(request, None).await;
        }
        let token = self.token(outside).await?;
        let answer = outside.fetch(request.clone(), Some(token.clone())).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.forget(&token);
        let token = self.token(outside).await?;
        outside.fetch(request, Some(token)).await
    }

    /// A token that is good for a while.
    pub(super) async fn token(&self, outside: &Outside) -> Result<Secret, Failure> {
        let mut awaited = None;
        for _ in 0..LOOKS {
            if let Some(token) = self.present(outside.now_s()) {
                return Ok(token);
            }
            // One question to the person, however many tasks need the answer, and whatever it is.
            if !self.0.busy.get() {
                return match awaited.and_then(|turn| self.failure_of(turn)) {
                    Some(failure) => Err(failure),
                    None => self.take_turn(outside).await,
                };
            }
            awaited = Some(self.0.turns.get());
            outside.pause(LOOK_MS).await?;
        }
        Err(Failure::new(Code::CoreLogin))
    }

    async fn take_turn(&self, outside: &Outside) -> Result<Secret, Failure> {
        let turn = Turn::take(&self.0);
        let renewed = self.renew(outside).await;
        if let Err(failure) = &renewed {
            *self.0.failed.borrow_mut() = Some((self.0.turns.get(), failure.clone()));
        }
        drop(turn);
        renewed
    }

    fn failure_of(&self, turn: u64) -> Option<Failure> {
        let failed = self.0.failed.borrow();
        failed.as_ref().filter(|(failed, _)| *failed == turn).map(|(_, failure)| failure.clone())
    }

    /// Logs in when there is no login. The Unix second it ends.
    pub(super) async fn login(&self, outside: &Outside) -> Result<u64, Failure> {
        self.token(outside).await?;
        Ok(self.0.tokens.borrow().as_ref().map_or(0, |tokens| tokens.expires_s))
    }

    /// Lets go of the login here and at the core. True when there was one.
    pub(super) async fn logout(&self, outside: &Outside) -> Result<bool, Failure> {
        // A login that is under way would be there after the logout.
        let mut looks = LOOKS;
        while self.0.busy.get() {
            looks = looks.checked_sub(1).ok_or_else(|| Failure::new(Code::CoreLogin))?;
            outside.pause(LOOK_MS).await?;
        }
        let Some(tokens) = self.0.tokens.borrow_mut().take() else { return Ok(false) };
        let answer = outside.fetch(core4mica::logout_request(&self.0.core, &tokens), None).await?;
        core4mica::read_logout(&answer.answer())?;
        Ok(true)
    }

    fn is_of_core(&self, url: &str) -> bool {
        url.strip_prefix(self.0.core.url.as_str()).is_some_and(|route| route.starts_with('/'))
    }

    fn present(&self, now_s: u64) -> Option<Secret> {
        let tokens = self.0.tokens.borrow();
        tokens.as_ref().filter(|tokens| tokens.expires_s > now_s.saturating_add(MARGIN_S)).map(|t| t.access.clone())
    }

    fn forget(&self, token: &Secret) {
        let mut tokens = self.0.tokens.borrow_mut();
        if let Some(held) = tokens.as_mut().filter(|held| held.access == *token) {
            held.expires_s = 0;
        }
    }

    async fn renew(&self, outside: &Outside) -> Result<Secret, Failure> {
        let core = &self.0.core;
        // A refresh token is good once, also for a task that never hears the answer: the wallet can log in anew.
        let spent = self.0.tokens.borrow_mut().take();
        if let Some(tokens) = spent {
            let answer = outside.fetch(core4mica::refresh_request(core, &tokens), None).await?;
            if let Ok(tokens) = Tokens::read(&answer.answer(), outside.now_s()) {
                return Ok(self.keep(tokens));
            }
        }
        let nonce = outside.fetch(core4mica::nonce_request(core, &self.0.address), None).await?;
        let login = SignIn::read(&nonce.answer(), core, &self.0.address, outside.now_s())?;
        let login = Rc::new(login);
        let signature = outside.sign_in(&login, &core.url).await?;
        let answer = outside.fetch(login.verify_request(core, &signature), None).await?;
        Ok(self.keep(Tokens::read(&answer.answer(), outside.now_s())?))
    }

    fn keep(&self, tokens: Tokens) -> Secret {
        let token = tokens.access.clone();
        *self.0.tokens.borrow_mut() = Some(tokens);
        token
    }
}

/// Held while a task logs in; given back also when that task is dropped in the middle.
struct Turn(Rc<Inner>);

impl Turn {
    fn take(inner: &Rc<Inner>) -> Self {
        inner.busy.set(true);
        inner.turns.set(inner.turns.get().wrapping_add(1));
        Turn(inner.clone())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.busy.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::task::{Step, Task, Told};
    use crate::primitives::Network;
    use alloc::string::String;

    #[test]
    fn a_token_is_shown_to_nobody_but_the_core() {
        let core = Core::at(Network::from_chain_id(84532).unwrap(), "https://core.example");
        for url in
            ["https://core.example.evil.example/x", "https://core.example@evil.example/x", "https://evil.example/"]
        {
            let session = Session::new(core.clone(), Address::ZERO);
            let body = br#"{"access_token":"access","refresh_token":"refresh","expires_in":900}"#;
            session.keep(Tokens::read(&core4mica::Answer { status: 200, body }, 0).unwrap());
            let mut task = Task::new(|outside| async move {
                session.fetch(&outside, Request::get(String::from(url), true)).await.map(|_| String::new())
            });
            assert!(matches!(task.first(0), Step::Fetch { bearer: None, .. }), "{url}");
            assert!(matches!(task.tell(Told::Answer(401, [].into()), 0), Step::Done { .. }), "{url}");
        }
    }
}
