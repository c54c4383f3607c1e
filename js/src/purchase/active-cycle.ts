import type { Command } from '../generated/wire.js'
import type { Context } from './context.js'

/** What the payer's account was told of the cycle, and what to call when the payment has its answer. */
export type Cycle = { status: number; bytes: Uint8Array; over: () => void }

/** Has the payer's account ask for the cycle. Whatever it cannot do says why by itself. */
export async function activeCycle(
  { account }: Context,
  { payer, network, asset }: Extract<Command, { do: 'active-cycle' }>,
): Promise<Cycle> {
  // Nobody who could log in for this payer at this core.
  const stranger = account?.network !== network || account.address.toLowerCase() !== payer.toLowerCase()
  if (!account || stranger) return { status: 401, bytes: new Uint8Array(), over: () => {} }
  const { body, over } = await account.activeCycle(asset)
  return { status: 200, bytes: new TextEncoder().encode(body), over }
}
