//! An `async` flow without I/O, run by hand: what it awaits ends a step, what it is told begins the next one.
//!
//! The futures here know no executor, clock or thread: they are state machines that the compiler writes.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

struct Desk<Asked, Told> {
    now_s: u64,
    asked: Option<Asked>,
    told: Option<Told>,
}

/// What a flow sees of the outside.
pub(crate) struct Outside<Asked, Told>(Rc<RefCell<Desk<Asked, Told>>>);

impl<Asked, Told> Clone for Outside<Asked, Told> {
    fn clone(&self) -> Self {
        Outside(Rc::clone(&self.0))
    }
}

impl<Asked, Told> fmt::Debug for Outside<Asked, Told> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outside")
    }
}

impl<Asked, Told> Outside<Asked, Told> {
    /// Unix second of the latest report.
    pub(crate) fn now_s(&self) -> u64 {
        self.0.borrow().now_s
    }

    /// Ends the step with this; the next report is the answer.
    pub(crate) async fn ask(&self, asked: Asked) -> Told {
        self.0.borrow_mut().asked = Some(asked);
        poll_fn(|_| self.0.borrow_mut().told.take().map_or(Poll::Pending, Poll::Ready)).await
    }
}

/// Where a flow stands after a report.
pub(crate) enum Turn<Asked, Output> {
    /// It wants something of the outside.
    Asks(Asked),
    /// It is over.
    Ended(Output),
    /// It was told something after its end, or nothing it waits for.
    OutOfOrder,
}

/// A flow under way.
pub(crate) struct Flow<Asked, Told, Output> {
    future: Option<Pin<Box<dyn Future<Output = Output>>>>,
    outside: Outside<Asked, Told>,
}

impl<Asked, Told, Output> Flow<Asked, Told, Output> {
    /// Prepares a flow; nothing of it runs yet.
    pub(crate) fn new<F>(flow: impl FnOnce(Outside<Asked, Told>) -> F) -> Self
    where
        F: Future<Output = Output> + 'static,
    {
        let outside = Outside(Rc::new(RefCell::new(Desk { now_s: 0, asked: None, told: None })));
        Flow { future: Some(Box::pin(flow(outside.clone()))), outside }
    }

    /// Runs to the first question. `now_s` in Unix seconds.
    pub(crate) fn first(&mut self, now_s: u64) -> Turn<Asked, Output> {
        self.outside.0.borrow_mut().now_s = now_s;
        self.run()
    }

    /// Runs to the question after a report. Time never runs backwards.
    pub(crate) fn tell(&mut self, told: Told, now_s: u64) -> Turn<Asked, Output> {
        {
            let mut desk = self.outside.0.borrow_mut();
            desk.now_s = desk.now_s.max(now_s);
            desk.told = Some(told);
        }
        self.run()
    }

    fn run(&mut self) -> Turn<Asked, Output> {
        let Some(future) = &mut self.future else { return Turn::OutOfOrder };
        // Nothing ever wakes a flow but the driver's next report.
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => {
                self.future = None;
                Turn::Ended(output)
            }
            Poll::Pending => self.outside.0.borrow_mut().asked.take().map_or(Turn::OutOfOrder, Turn::Asks),
        }
    }
}

impl<Asked, Told, Output> fmt::Debug for Flow<Asked, Told, Output> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.future.is_some() { "Flow(under way)" } else { "Flow(over)" })
    }
}
