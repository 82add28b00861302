/// Lists of common given names and surnames, from which people are put together by chance.
///
/// The commonest stand first in each list: `Dice.skewed` prefers the front.
struct NameBook: Sendable {
    let female: [String]
    let male: [String]
    let surnames: [String]
    /// People who carry two surnames, the father's first and then the mother's.
    let twoSurnames: Bool

    init(female: String, male: String, surnames: String, twoSurnames: Bool) {
        self.female = Self.words(female)
        self.male = Self.words(male)
        self.surnames = Self.words(surnames)
        self.twoSurnames = twoSurnames
    }

    /// Words are parted by spaces and lines; `_` stands for a space within a name.
    private static func words(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "\n" }.map { word in String(word.map { $0 == "_" ? " " : $0 }) }
    }

    func given(female isFemale: Bool) -> [String] {
        isFemale ? female : male
    }
}

/// The origins that meet on the isthmus; the raw value is the place in `NameBook.all`.
enum Origin: Int, Sendable {
    case isthmian, antillean, chinese, indigenous, levantine, ukrainian, english, indian, greek
}

extension NameBook {
    static let all: [NameBook] = [
        isthmian, antillean, chinese, indigenous, levantine, ukrainian, english, indian, greek,
    ]

    private static let isthmian = NameBook(
        female: """
            María Ana Yolanda Carmen Rosa Luz Elena Isabel Gloria Marta Patricia Mónica Lourdes Maribel Yaneth Itzel Daniela Sofía
            Valentina Camila Gabriela Andrea Paola Karla Vanessa Yesenia Milagros Dayana Katherine Kimberly Ashley Valeria Isabella
            Victoria Natalia Alejandra Fernanda Mariana Lucía Emma Zoe Abigail Sara Raquel Rebeca Ruth Esther Noemí Judith Miriam
            Edith Irma Olga Vilma Nidia Xiomara Zuleika Yarisel Maricel Anayansi Querube Eneida Argelis Itzela Diana Silvia Sandra
            Teresa Cristina Beatriz Adriana Claudia Lorena Marcela Verónica Julia Inés Aurora Delfina Dominga Eulalia Felicia Graciela
            Hortensia Iris Josefina Leticia Magdalena Nieves Odalis Petra Ramona Soledad Tomasa Úrsula Virginia Ximena Yadira Zoraida
            Amelia Bárbara Cecilia Dora Evelia Flor Giselle Haydée Ivonne Jacinta Karina Lilia Melissa Nayelis Ofelia Pilar Rosaura
            Susana Tatiana Yamileth
            """,
        male: """
            José Luis Carlos Juan Jorge Manuel Miguel Roberto Ricardo Rubén Rafael Eduardo Fernando Francisco Antonio Alberto Alexis
            Omar Abdiel Eric Edwin Gilberto Héctor Iván Javier Joel Julio Mario Néstor Oscar Pablo Pedro Raúl René Sergio Víctor
            Daniel David Diego Gabriel Samuel Santiago Sebastián Mateo Matías Nicolás Adrián Alejandro Andrés Ángel Arturo Benjamín
            Bolívar Camilo César Cristian Damián Darío Dionisio Domingo Efraín Elías Emilio Enrique Ernesto Esteban Euclides Ezequiel
            Félix Fidel Florencio Germán Gerardo Gonzalo Gregorio Guillermo Gustavo Humberto Ignacio Isaac Ismael Jacinto Jaime Joaquín
            Jonathan Kevin Leonardo Leonel Lorenzo Lucas Marcos Martín Maximiliano Moisés Nelson Octavio Olmedo Orlando Osvaldo Plinio
            Ramiro Ramón Reinaldo Rigoberto Rodolfo Rogelio Rolando Román Salvador Saúl Simón Teodoro Temístocles Tomás Ulises Valentín
            Vicente Virgilio Wilfredo Yamil Zacarías
            """,
        surnames: """
            González Rodríguez Sánchez Pérez Martínez Castillo Hernández Gómez López Vargas Morales Herrera Jiménez Díaz Domínguez
            Batista Quintero Vega Ortega Ramos Rivera Torres Flores García Fernández Ruiz Castro Mendoza Delgado Moreno Núñez Guerra
            Espinosa Samudio Caballero Pinzón Barría Camarena Atencio Serrano Saldaña Aguilar Cedeño Villarreal Araúz Miranda Cortés
            Guevara Gutiérrez Valdés Vásquez Muñoz Navarro Pineda Ávila Franco Arosemena Bernal Barrios Bonilla Bravo Camargo Candanedo
            Cárdenas Carrera Carrillo Concepción Córdoba Cruz De_Gracia De_León De_la_Cruz Del_Cid Escobar Escudero Espino Frías Gil
            Girón Grajales Henríquez Ibarra Icaza Jaén Jaramillo Juárez Lasso Lezcano Lorenzo Madrid Marín Medina Mejía Mitre Mojica
            Montenegro Montero Mora Murillo Navas Ojeda Olmos Ortiz Osorio Pacheco Palacios Palma Patiño Peralta Pimentel Pittí
            Polanco Ponce Quiroz Reyes Ríos Robles Rojas Romero Rosas Rosero Rubio Saavedra Salazar Salcedo Santamaría Santos Solís Sosa
            Tejada Tejeira Tello Troya Urriola Valdespino Valencia Valenzuela Vergara Villalaz Villamil Zambrano Zamora Zapata Zúñiga
            """,
        twoSurnames: true)

    private static let antillean = NameBook(
        female: """
            Shirley Gloria Marva Beverly Norma Yolanda Cecilia Melva Sonia Lorna Winifred Doris Elsie Claudette Hyacinth Sandra Michelle
            Jacqueline Karen Ingrid Maritza Tamara Sherry Keisha Nicole Brenda Priscilla Rosalind Thelma Vernice
            """,
        male: """
            Winston Alfonso Clifford Reginald Ricardo Cecil Alvin George Roy Melvin Orlando Carlton Edgar Egbert Harold Leroy Irving
            Vernon Sidney Kenneth Rupert Stanley Alonso Eugene Lloyd Wilfred Horace Neville Errol Byron
            """,
        surnames: """
            Brown Williams Smith Thompson Davis Clarke Campbell Walker Johnson Lewis Grant Gordon Morgan Reid Francis Bennett Roberts
            Phillips Edwards Thomas Bailey Barnes Blackman Bryan Cumberbatch Downer Forde Gittens Greaves Holder Hurley Jordan King
            Lowe Lynch Maloney Nelson Osbourne Prescod Richards Scott Small Stewart Taylor Watson Weeks Wilson Wright
            """,
        twoSurnames: true)

    private static let chinese = NameBook(
        female: """
            Mei Ling Ana Lily Carmen Yan Siu_Ling Elena Xiu_Ying Wai_Ling Susana Jing Hui_Min Rosa Fang Diana Li_Na Teresa Yuen Alicia
            """,
        male: """
            Wing José Kam Wai Luis Chi_Ming Ricardo Jun Kwok Antonio Wei Man_Kit Alberto Ho_Yin Roberto Zhi_Hao Carlos Ming Felipe Kin
            """,
        surnames: """
            Chong Wong Chen Chan Lee Liu Ng Lam Chang Law Lau Yau Siu Ho Hou Loo Chung Tam Fong Mock Yee Qiu Zhang Luo Zheng Feng Cheng
            Kam Kwan
            """,
        twoSurnames: true)

    private static let indigenous = NameBook(
        female: """
            Imelda Nilsa Mani Elvira Yaidili Briseida Aurelia Nelly Meri Clementina Besi Eulogia Celestina Odili Isolina
            Nagegiryai Migdalia Rufina Balbina Ligia
            """,
        male: """
            Atencio Toniel Aurelio Rengifo Nelson Olopeke Ausencio Celio Eleno Arcadio Ebelio Leopoldo
            Nele Pastor Bernabé Silverio Casimiro Faustino Adelio
            """,
        surnames: """
            Palacio Bejarano Santos Montezuma Bejerano Carrera Jiménez Rodríguez Mitre Chami Guainora Tocamo Dojirama Cabrera Caisamo
            Mecha Pacheco Barrigón López Pérez Iglesias Morris Brenes Fernández Arias Hernández Archibold Davies Denis Alfaro Smith
            Harris Solís Martínez Conquista Salinas Sabdur Venado Tugrí
            """,
        twoSurnames: true)

    private static let levantine = NameBook(
        female: "Raquel Sara Esther Rebeca Leila Salma Miriam Yasmín Nadia Karina Fátima Samira Déborah Alia Rania Noor Judith Mona",
        male: "Moisés Isaac Alí David Samir Karim Yusuf Abraham Elías Nadim Jacobo Omar Rafael Salomón Tarek Hassan Jamil Marcos",
        surnames: """
            Abadi Attia Btesh Cohen Levy Mizrachi Hamoui Dayán Harari Homsany Saied Waked Hachem Barake Nassar Darwich Hassán Murad Salem
            Haddad Khoury Mansour
            """,
        twoSurnames: true)

    private static let ukrainian = NameBook(
        female: """
            Oksana Olena Nataliia Tetiana Iryna Svitlana Kateryna Yuliia Mariia Anna Halyna Liudmyla Daryna Solomiia Zlata Khrystyna Lesia
            Vira Nadiia Polina
            """,
        male: """
            Oleksandr Andrii Serhii Volodymyr Ivan Dmytro Mykola Vasyl Yurii Taras Bohdan Maksym Danylo Artem Oleh Ihor Petro Roman
            Vitalii Yaroslav
            """,
        surnames: """
            Melnyk Shevchenko Kovalenko Bondarenko Boiko Tkachenko Kravchenko Kovalchuk Koval Oliinyk Shevchuk Polishchuk Lysenko
            Marchenko Rudenko Savchenko Petrenko Klymenko Pavlenko Moroz Hrytsenko Ponomarenko Kharchenko Zinchenko Tkachuk
            """,
        twoSurnames: false)

    private static let english = NameBook(
        female: "Mary Linda Susan Karen Nancy Emily Sarah Jessica Megan Laura Amy Rachel Heather Julie Anne Grace Ellen Joan Alice",
        male: "James John Robert Michael William David Richard Thomas Mark Steven Paul Andrew Brian Scott Peter Alan Keith Neil",
        surnames: """
            Miller Anderson Jackson White Martin Clark Hall Young Allen Hill Baker Carter Mitchell Turner Parker Collins Murphy Cook
            Rogers Cooper Richardson Cox Howard Ward
            """,
        twoSurnames: false)

    private static let indian = NameBook(
        female: "Priya Anjali Meena Kavita Sunita Asha Rekha Pooja Nisha Hina Bhavna Jaya Komal Lata Neha Rina Sheela Usha",
        male: "Rajesh Sanjay Amit Vijay Suresh Kishore Anil Mahesh Deepak Ashok Dinesh Haresh Jitendra Mukesh Naresh Prakash Ravi",
        surnames: """
            Patel Bhikhu Bhana Ahir Chhiba Mahtani Vaswani Daswani Mirpuri Chugani Nandwani Lalwani Thakur Sharma Desai Shah Panjwani
            """,
        twoSurnames: false)

    private static let greek = NameBook(
        female: "Eleni María Katerina Sofia Vasiliki Angeliki Dimitra Ioanna Georgia Despina Irini Anastasia",
        male: "Georgios Dimitris Konstantinos Nikos Yannis Panagiotis Vasilis Christos Spyros Stavros Michalis Petros",
        surnames: """
            Papadopoulos Vlahos Angelopoulos Nikolaidis Georgiou Konstantinidis Economou Makris Antoniou Dimitriou Pappas Ioannidis
            Kotsos Karagiannis
            """,
        twoSurnames: false)
}

/// A country that foreign residents come from.
struct Country: Sendable {
    /// ISO 3166-1 alpha-3.
    let code: String
    let origin: Origin
    let weight: Int

    static let all: [Country] = [
        Country(code: "COL", origin: .isthmian, weight: 25),
        Country(code: "VEN", origin: .isthmian, weight: 24),
        Country(code: "CHN", origin: .chinese, weight: 12),
        Country(code: "NIC", origin: .isthmian, weight: 9),
        Country(code: "DOM", origin: .isthmian, weight: 6),
        Country(code: "USA", origin: .english, weight: 6),
        Country(code: "UKR", origin: .ukrainian, weight: 5),
        Country(code: "IND", origin: .indian, weight: 4),
        Country(code: "ESP", origin: .isthmian, weight: 4),
        Country(code: "LBN", origin: .levantine, weight: 2),
        Country(code: "GBR", origin: .english, weight: 1),
        Country(code: "GRC", origin: .greek, weight: 1),
        Country(code: "CRI", origin: .isthmian, weight: 1),
    ]
    static let weights = all.map { $0.weight }
    static let total = weights.reduce(0, +)
}
