import Definitions
import Schemas

/// Compiles a `schema.json` and places what is wrong with it.
enum SchemaCompiling {
    static func compile(_ node: Node, _ folder: inout Folder) -> CompiledSchema? {
        do throws(SchemaError) {
            return try CompiledSchema(compiling: node.json, options: .records)
        } catch {
            folder.diagnostics.error("schema: \(error.reason)", at: node.nearest(to: error.pointer))
            return nil
        }
    }
}
