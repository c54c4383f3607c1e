// A validation policy as in the recordings of the real core, whose registry it trusts.
// In: nothing. Out: the `extra` fields a seller asks for; tests change what they are about.
import { accounts } from '../chain.mjs'

export const validation = {
  validationRegistryAddress: '0x0B306BF915C4d645ff596e518fAf3F9669b97016',
  validationChainId: 84532,
  validatorAddress: accounts[5].address,
  validatorAgentId: '7',
  minValidationScore: 80,
  jobHash: `0x${'aa'.repeat(32)}`,
  requiredValidationTag: 'hard-finality',
}
