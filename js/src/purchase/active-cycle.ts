import type { Command } from '../generated/wire.js'
import { within } from '../limits.js'
import type { Context } from './context.js'

/** What an account was asked. */
type Asked = {
  answer: Promise<{ status: number; bytes: Uint8Array }>
  /** Tells the account that the payment is not under way any more, whenever it answers. */
  over: () => void
}

/** Has the payer's account ask for the cycle. Whatever it cannot do says why by itself. */
export function activeCycle(
  { account, walletTimeoutMs }: Context,
  { payer, network, asset }: Extract<Command, { do: 'active-cycle' }>,
  signal: AbortSignal | null,
): Asked {
  // Nobody who could log in for this payer at this core.
  const stranger = account?.network !== network || account.address.toLowerCase() !== payer.toLowerCase()
  if (!account || stranger) {
    return { answer: Promise.resolve({ status: 401, bytes: new Uint8Array() }), over: () => {} }
  }
  const asked = Promise.resolve(account.activeCycle(asset))
  // A login and a checkpoint: the person may be asked for both.
  const answer = within(asked, 2 * walletTimeoutMs, signal)
  return {
    answer: answer.then(({ body }) => ({ status: 200, bytes: new TextEncoder().encode(body) })),
    // Nothing that an account throws may cost a paid answer.
    over: () => void asked.then(({ over }) => over()).catch(() => {}),
  }
}
