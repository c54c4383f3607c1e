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
}

impl Session {
    pub(super) fn new(core: Core, address: Address) -> Self {
        Session(Rc::new(Inner { core, address, tokens: RefCell::new(None), busy: Cell::new(false) }))
    }

    pub(super) fn core(&self) -> &Core {
        &self.0.core
    }

    pub(super) fn address(&self) -> &Address {
        &self.0.address
    }

    /// Sends a request, with a token where it needs one. A token that the core no longer takes is replaced, once.
    pub(super) async fn fetch(&self, outside: &Outside, request: Request) -> Result<Fetched, Failure> {
        if !request.login {
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
        for _ in 0..LOOKS {
            if let Some(token) = self.present(outside.now_s()) {
                return Ok(token);
            }
            // One question to the person, however many tasks need the answer.
            if !self.0.busy.get() {
                let turn = Turn::take(&self.0);
                let renewed = self.renew(outside).await;
                drop(turn);
                return renewed;
            }
            outside.pause(LOOK_MS).await?;
        }
        Err(Failure::new(Code::CoreLogin))
    }

    /// Logs in when there is no login. The Unix second it ends.
    pub(super) async fn login(&self, outside: &Outside) -> Result<u64, Failure> {
        self.token(outside).await?;
        Ok(self.0.tokens.borrow().as_ref().map_or(0, |tokens| tokens.expires_s))
    }

    /// Lets go of the login here and at the core. True when there was one.
    pub(super) async fn logout(&self, outside: &Outside) -> Result<bool, Failure> {
        let Some(tokens) = self.0.tokens.borrow_mut().take() else { return Ok(false) };
        let answer = outside.fetch(core4mica::logout_request(&self.0.core, &tokens), None).await?;
        core4mica::read_logout(&answer.answer())?;
        Ok(true)
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
        let refresh = self.0.tokens.borrow().as_ref().map(|tokens| core4mica::refresh_request(core, tokens));
        if let Some(request) = refresh {
            let answer = outside.fetch(request, None).await?;
            // A refresh token is good once. Whatever became of it, the wallet can log in anew.
            self.0.tokens.borrow_mut().take();
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
        Turn(inner.clone())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.busy.set(false);
    }
}
