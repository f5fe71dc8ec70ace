export interface BillOfMaterials {
  components: { name: string; version: string; hashes?: { alg: string; content: string }[] }[]
}
export function billOfMaterials(): BillOfMaterials
