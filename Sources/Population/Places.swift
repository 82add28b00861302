/// The provinces, districts and townships of the fictional republic, with the share of its people that live there.
///
/// The thirteen numbers are those of the national numbers' prefixes; the places are invented.
struct Province: Sendable {
    /// 1 to 13.
    let number: Int
    let name: String
    /// Of a thousand people.
    let weight: Int
    /// Ten districts at most: the postal code has one digit for them.
    let districts: [District]
    /// Where the first peoples of the isthmus are most of the population.
    let isComarca: Bool

    struct District: Sendable {
        let name: String
        let townships: [String]
    }

    static let all: [Province] = [
        Province(
            1, 38, "Bahía Alta",
            [
                "Puerto Cangrejo: Puerto Cangrejo, Isla Menor, Punta Brava", "Río Plátano: Río Plátano, Finca Seis, La Junta",
                "Boca del Tigre: Boca del Tigre, Almirez, Changuela",
            ]),
        Province(
            2, 58, "Los Llanos",
            [
                "Pueblo Nuevo: Pueblo Nuevo, El Cocal, Río Hondo", "Antigua: Antigua, Cerro Guaco, El Hato",
                "La Sal: La Sal, Pocerí, El Roblito", "Natillo: Natillo, Las Guías, Capellanía Vieja",
            ]),
        Province(
            3, 66, "Costa Abajo",
            [
                "Colonia: Barrio Norte, Barrio Sur, Cativo, Puerto Pilar", "Portobueno: Portobueno, Garrote, Isla Grande del Mar",
                "Chagua: Chagua, Achota, La Encantada",
            ]),
        Province(
            4, 108, "Valle Fresco",
            [
                "Davis: Davis Centro, Las Lomas, San Pablo del Río", "Boqueta: Bajo Boqueta, Alto Boqueta, Los Naranjos",
                "Barúes: Puerto Barúes, Progreso, Baco", "Bugaba Vieja: La Estación, Volcancito, Aserrío",
                "Tolemar: Tolemar, Lajas, Quebrada Piedra",
            ]),
        Province(
            5, 14, "Selva Mayor",
            [
                "La Palmita: La Palmita, Setegán, Garachí", "Río Yapé: Yapé, Pinogal, Metetal",
            ]),
        Province(
            6, 29, "La Heredad",
            [
                "Chitral: Chitral, Monagrande, Llano Bonito", "Parrita: Parrita, Los Cedros, Potuga", "Ocúes: Ocúes, Peñas Altas, Menchaca",
            ]),
        Province(
            7, 24, "Las Salinas",
            [
                "Las Tablitas: Las Tablitas, La Palma Real, Santo Domingo Viejo", "Pedasita: Pedasita, Mariabé, Purio Arriba",
                "Guararita: Guararita, El Macano, La Enea Baja",
            ]),
        Province(
            8, 366, "Canal",
            [
                "Ciudad Canal: Casco Viejo, Bella Mar, El Chorrito, Calidonia Sur, Betania Alta, Parque Loma, Juan Díez, Pedregalito, Tocumo, Las Mañanas, Río Abajo Nuevo, Ancona",
                "San Miguelete: Belisario, Amelia, Mateo Iturra, Los Andes Nuevos, Rufino, Arnulfo",
                "Chepillo: Chepillo, Las Margaritas del Este, El Llanito",
                "Isla Perla: Isla Perla, San Martín del Mar, Saboguita",
            ]),
        Province(
            9, 62, "Santa Clara",
            [
                "Santiago del Valle: Santiago Centro, Canto del Llano, La Peñita", "Soná Vieja: Soná Vieja, Bahía Honda del Sur, Guarumal",
                "Atalayas: Atalayas, El Barrito, La Carrillada",
            ]),
        Province(
            10, 9, isComarca: true, "Islas del Norte",
            [
                "Nargandí: Nargandí, Ailiganda, Tubualí", "Puerto Coral: Puerto Coral, Isla Caracol, Carretera Alta",
            ]),
        Province(
            11, 4, isComarca: true, "Río Grande",
            [
                "Cémacon: Cémacon, Lajas Blancas del Río, Manuel Ortez", "Sambuyo: Sambuyo, Río Sábalo",
            ]),
        Province(
            12, 49, isComarca: true, "Cerro Alto",
            [
                "Kankiní: Kankiní, Bisiro, Gwaribia", "Nole: Hato Chamío, Jädebo, Susamá", "Besika: Soloyo, Boca de Balzo, Camarón Arribo",
                "Müna: Chichiga, Alto Caballejo, Peña Blanquita",
            ]),
        Province(
            13, 173, "Canal Oeste",
            [
                "Arraijal: Arraijal, Vista Alegría, Burungo, Nuevo Empalme, Veracruz del Mar",
                "La Chorreta: Barrio Balbina, Barrio Colonial, Guadalupe Sur, Puerto Caimo, El Coquito",
                "Capirita: Capirita, Villa Rosarito, Lídice Vieja", "San Carlos del Mar: San Carlos del Mar, El Higo, Las Uvitas",
            ]),
    ]
    static let weights = all.map { $0.weight }
    static let total = weights.reduce(0, +)

    /// - Parameter districts: each `District: township, township, …`
    private init(_ number: Int, _ weight: Int, isComarca: Bool = false, _ name: String, _ districts: [String]) {
        self.number = number
        self.name = name
        self.weight = weight
        self.isComarca = isComarca
        self.districts = districts.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return District(
                name: String(parts[0]),
                townships: parts[1].split(separator: ",").map { String($0.drop { $0 == " " }) })
        }
    }
}

/// The names of streets; a street is one of these or has a number.
enum Streets {
    static let named = [
        "Calle del Puerto", "Calle Real", "Avenida Central", "Avenida de los Mártires", "Calle de la Iglesia", "Calle del Mercado",
        "Avenida del Mar", "Calle Las Acacias", "Calle Los Almendros", "Avenida Balboa Vieja", "Vía España Nueva", "Calle El Carmen",
        "Calle La Esperanza", "Calle Guayacán", "Calle Los Cedros", "Avenida Simón Bolívar", "Calle Primera", "Calle Las Flores",
        "Vía Interoceánica", "Calle La Paz", "Calle San José", "Calle Santa Rita", "Avenida La Pradera", "Calle Espíritu Santo",
    ]
}
