// What a payer that never stops holds in memory.
import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { farthing, side } from '../places.mjs'

/** Whole purchases; a million of them take ten minutes, so it is fewer unless this variable says otherwise. */
const purchases = Number(process.env.FARTHING_BENCH_PURCHASES ?? 100_000)
const cycles = 1_000_000

/** `{ whole, written }`: what is held after so many whole purchases, and after so many writes to the memory store. */
export async function growth() {
  if (!(purchases >= 10_000)) throw new Error('cannot measure growth: FARTHING_BENCH_PURCHASES is below 10000')
  const given = ['--expose-gc', side('growth.mjs'), pathToFileURL(farthing).href, String(purchases), String(cycles)]
  const { stdout } = await promisify(execFile)(process.execPath, given)
  return JSON.parse(stdout)
}
