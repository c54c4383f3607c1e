import './sources/workerd.js'

export * from '../index.js'
