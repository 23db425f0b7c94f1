// Package node assembles a rollup's node out of its parts, starts it and stops it.
//
//	config ─► Start ─► layer 1: node, signer, checks of the deployment   (layerone)
//	                ─► keys and circuits                                 (proving)
//	                ─► ledger: opened, begun, or rebuilt from layer 1    (aggregator/ledger)
//	                ─► aggregator.Service, with Settler and Prover
//	                ─► Feed, transaction manager
//	                ─► servers: public JSON-RPC, admin, ops, pprof
//
// It decides nothing about transfers and batches. What it adds is what an operator
// needs: logs, metrics, health, an order in which things begin and end.
package node
