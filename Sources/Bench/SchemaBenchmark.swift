import Kernel
import Schemas

/// Judges the application of 15 fields over and over on one thread, the JSON being read already; the best of three rounds counts.
func schemaBenchmark(lasting duration: Duration) throws -> JSONObject {
    let schema = try CompiledSchema(compiling: try JSON.parse(applicationSchema), options: .strict)
    let valid = try JSON.parse(application)
    guard case .object(var members) = valid else { throw Unfit(text: "the application is no object") }
    members["email"] = "maria"
    members["birth_date"] = "1987-02-30"
    let faulty = JSON.object(members)
    guard schema.isValid(valid), schema.validate(faulty).count == 2 else { throw Unfit(text: "the schema judges wrongly") }

    func best(_ body: () -> Bool) -> Double {
        var best = 0.0
        for _ in 0..<3 {
            var count = 0
            let start = ContinuousClock.now
            var spent = Duration.zero
            while spent < duration {
                for _ in 0..<1_000 { precondition(body()) }
                count += 1_000
                spent = start.duration(to: .now)
            }
            best = max(best, Double(count) / spent.inSeconds)
        }
        return best
    }
    return [
        "validPerSecond": .figure(best { schema.isValid(valid) }),
        "faultyPerSecond": .figure(best { schema.validate(faulty).count == 2 }),
        // For the peer, who judges the same.
        "schema": .string(applicationSchema), "application": .string(application),
    ]
}

private let applicationSchema = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "type": "object",
      "properties": {
        "cedula": { "type": "string", "pattern": "^(PE|E|N|([1-9]|1[0-3])(AV|PI)?)-[0-9]{1,4}-[0-9]{1,6}$", "maxLength": 16 },
        "given_names": { "type": "string", "minLength": 1, "maxLength": 80 },
        "surnames": { "type": "string", "minLength": 1, "maxLength": 80 },
        "birth_date": { "type": "string", "format": "date" },
        "email": { "type": "string", "format": "email", "maxLength": 120 },
        "phone": { "type": "string", "pattern": "^\\+?[0-9][0-9 -]{5,18}[0-9]$" },
        "province": { "enum": ["Bocas del Toro", "Coclé", "Colón", "Chiriquí", "Darién", "Herrera", "Los Santos", "Panamá", "Veraguas"] },
        "street": { "type": "string", "minLength": 3, "maxLength": 120 },
        "postal_code": { "type": "string", "pattern": "^[0-9]{4}$" },
        "activity": { "type": "string", "pattern": "^[0-9]{2}\\.[0-9]{2}$" },
        "start_date": { "type": "string", "format": "date" },
        "employees": { "type": "integer", "minimum": 0, "maximum": 9999 },
        "capital": { "type": "number", "minimum": 0, "exclusiveMaximum": 1000000000, "multipleOf": 0.01 },
        "accepts_terms": { "const": true },
        "notes": { "type": "string", "maxLength": 2000 }
      },
      "required": ["cedula", "given_names", "surnames", "birth_date", "email", "province", "street", "postal_code", "activity", "start_date", "accepts_terms"],
      "additionalProperties": false
    }
    """#

private let application = """
    {"cedula":"8-123-45678","given_names":"María Fernanda","surnames":"González de la Rosa","birth_date":"1987-04-23",\
    "email":"maria.gonzalez@ejemplo.com","phone":"+507 6123-4567","province":"Chiriquí",\
    "street":"Avenida Central 123, apartamento 4B","postal_code":"0426","activity":"56.10","start_date":"2027-01-15",\
    "employees":3,"capital":2500.50,"accepts_terms":true,\
    "notes":"Venta de comida preparada en el mercado municipal, de lunes a sábado. Se solicita inspección por la mañana."}
    """
