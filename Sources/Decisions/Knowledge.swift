package import FEEL
package import Kernel

extension DecisionModel {
    /// Business knowledge: a function that decisions and other knowledge call by its name.
    ///
    /// **Standard:** DMN 1.5, 6.3.9.
    package final class KnowledgeModel: Sendable {
        package let id: String
        package let name: String
        /// The ids of the knowledge models and decision services that it asks for directly.
        package let requiredKnowledge: [String]
        package let sources: [KnowledgeSource]
        package let parameters: [Function.Parameter]
        /// Nil where the model gives none.
        let logic: Boxed?

        init(
            id: String, name: String, requiredKnowledge: [String], sources: [KnowledgeSource], parameters: [Function.Parameter], logic: Boxed?
        ) {
            self.id = id
            self.name = name
            self.requiredKnowledge = requiredKnowledge
            self.sources = sources
            self.parameters = parameters
            self.logic = logic
        }
    }

    /// Decisions offered as one function: what goes in, what is decided inside, what comes out. All by id.
    ///
    /// **Standard:** DMN 1.5, 6.3.10 and 10.4.
    package final class DecisionService: Sendable {
        package let id: String
        package let name: String
        /// One output is the service's value; several are a context of them by name.
        package let outputs: [String]
        package let encapsulated: [String]
        /// Decisions whose results the caller gives instead.
        package let inputDecisions: [String]
        package let inputs: [String]
        /// The hash of it and of everything that it rests on.
        package let version: Digest
        let shape: Shape

        /// The same by place in the model.
        struct Shape: Sendable {
            var outputs: [(name: String, decision: Int)] = []
            /// The parameters of the function are these, then the input decisions.
            var inputs: [Int] = []
            var inputDecisions: [Int] = []
            var parameters: [Function.Parameter] = []
            /// What the model declares of the value.
            var type: TypeName?
        }

        init(id: String, name: String, outputs: [String], encapsulated: [String], inputDecisions: [String], inputs: [String], shape: Shape?, version: Digest) {
            self.version = version
            self.shape = shape ?? Shape()
            self.id = id
            self.name = name
            self.outputs = outputs
            self.encapsulated = encapsulated
            self.inputDecisions = inputDecisions
            self.inputs = inputs
        }
    }
}
