"""What everything made up is drawn from: chance that is always the same, and Brazil.

What people are called, where they live, and how clerks write their telephones. The weights follow
the order of magnitude of IBGE's census counts of given names (2010), in tens of thousands of
bearers, and of the usual rankings of surnames; rare names weigh one. A draw depends on nothing but
the words it was made of.
"""

import sys
from collections.abc import Callable
from hashlib import blake2b
from itertools import cycle
from struct import Struct

import msgspec

Roll = Callable[[], int]
"""Each call gives the next number below 65,536. ``TABLE[roll() % len(TABLE)]`` picks an entry."""

_WORDS = Struct("<32H")
_LITTLE = sys.byteorder == "little"
_MASK = (1 << 64) - 1


def roller(topic: bytes, seed: int, index: int, version: int = 0) -> Roll:
    """The draws for one topic of one customer, the same on every machine and Python.

    After 32 draws they come round again, which nobody can tell from the records. One digest is
    cheaper than seeding ``random.Random`` by far, and a page of a listing needs three thousand.
    """
    digest = blake2b(b"%b %d %d %d" % (topic, seed, index, version)).digest()
    # Looked at in place, a number is made when it is drawn, and most never are.
    words = memoryview(digest).cast("H") if _LITTLE else _WORDS.unpack(digest)
    return cycle(words).__next__


def scatter(seed: int, number: int = 0) -> int:
    """One well mixed number below 2³⁵ for a seed and a number: for single, cheap decisions."""
    mixed = (number + 1) * 0x9E3779B97F4A7C15 + seed * 0xBF58476D1CE4E5B9
    mixed = ((mixed ^ (mixed >> 30)) * 0x94D049BB133111EB) & _MASK
    return mixed >> 29


# Reads the compact tables the sandbox's people are made of.


def weighted(table: str) -> tuple[str, ...]:
    """The entries of lines ``weight: entry, entry…``, each repeated ``weight`` times.

    Picking evenly from the result picks each entry as often as its weight says.
    """
    entries: list[str] = []
    for line in table.strip().splitlines():
        weight, _, names = line.partition(":")
        entries.extend(name.strip() for name in names.split(",") for _ in range(int(weight)))
    return tuple(entries)


def listed(table: str) -> tuple[str, ...]:
    """The entries of a comma-separated text, however it is broken into lines."""
    return tuple(" ".join(entry.split()) for entry in table.split(","))


# Names, places, telephones.

FEMALE = weighted("""
1170: Maria
300: Ana
72: Francisca
60: Antônia
55: Adriana, Juliana, Márcia, Fernanda, Patrícia
50: Aline, Sandra, Camila, Amanda, Bruna, Jéssica, Letícia, Júlia
45: Luciana, Vanessa, Mariana, Gabriela, Vera, Vitória, Larissa, Cláudia, Beatriz
40: Rita, Luana, Sônia, Renata, Eliane, Josefa, Simone, Natália, Cristiane, Carla
35: Débora, Rosângela, Jaqueline, Rosa, Daniela, Aparecida, Marlene, Terezinha, Raimunda
30: Andréia, Fabiana, Lúcia, Raquel, Angela, Rafaela, Joana, Luzia, Elaine, Daniele, Regina
25: Daiane, Alessandra, Isabel, Cristina, Carolina, Célia, Tatiane, Rosana, Isabela, Sueli
20: Helena, Tereza, Cíntia, Marina, Laura, Rosemeire, Viviane, Sara, Bianca, Priscila, Yasmin
15: Tatiana, Lívia, Valéria, Thaís, Paula, Rosilene, Roseli, Ivone, Elisângela, Michele, Edna
10: Sabrina, Ester, Miriam, Kátia, Gisele, Eduarda, Lorena, Clara, Alice, Sophia, Manuela, Neusa
7: Valentina, Cecília, Heloísa, Emanuelly, Giovanna, Nicole, Rebeca, Melissa, Lara, Ingrid, Olga
5: Elza, Zilda, Conceição, Dalva, Ivete, Noêmia, Marta, Irene, Cleide, Creusa, Solange, Silvana
3: Jussara, Iara, Janaína, Jandira, Moema, Mayara, Nayara, Kelly, Suelen, Karina, Milena, Tainá
2: Agatha, Antonella, Catarina, Elisa, Esther, Flávia, Luísa, Maitê, Olívia, Pietra, Stella
1: Adelaide, Benedita, Carlota, Dorotéia, Eulália, Firmina, Genoveva, Hortência, Iolanda, Jurema
1: Leopoldina, Mercedes, Norma, Ondina, Perpétua, Quitéria, Rosália, Salete, Úrsula, Wanda, Zélia
""")

MALE = weighted("""
575: José
300: João
257: Antônio
180: Francisco
150: Carlos, Paulo
120: Pedro, Lucas, Luiz, Marcos
90: Luís, Gabriel
80: Rafael
70: Daniel, Marcelo, Bruno
60: Eduardo, Felipe, Raimundo, Rodrigo
50: Manoel, Mateus, André, Fernando, Fábio, Leonardo, Gustavo, Guilherme
45: Leandro, Tiago, Anderson, Ricardo, Márcio, Jorge, Sebastião, Alexandre
40: Roberto, Edson, Diego, Vítor, Sérgio, Cláudio, Matheus, Thiago, Geraldo
35: Adriano, Luciano, Júlio, Renato, Alex, Vinícius, Rogério, Samuel, Ronaldo, Mário
30: Flávio, Igor, Douglas, Davi, Jeferson, Cícero, Victor, Miguel, Robson, Mauro, Danilo
25: Henrique, Caio, Reginaldo, Joaquim, Benedito, Gilberto, Marco, Alan, Nelson, Cristiano
20: Elias, Wilson, Valdir, Emerson, Luan, David, Renan, Severino, Fabrício, Jonas, Gilmar
15: Jean, Wellington, Arthur, Hugo, William, Otávio, Murilo, Wesley, Ivan, Everton, Alberto
10: Isaac, Enzo, Heitor, Bernardo, Lorenzo, Théo, Nicolas, Joel, Moisés, Ademir, Hélio, Ivo
7: Osvaldo, Valter, Milton, Nilton, Dirceu, Arnaldo, Jair, Jairo, Adilson, Ailton, Amaro, Celso
5: Augusto, Breno, César, Cauã, Ítalo, Josué, Kauã, Lázaro, Levi, Maurício, Natanael, Orlando
3: Edmilson, Edvaldo, Genival, Givanildo, Josivaldo, Lindomar, Marivaldo, Reinaldo, Rivaldo
2: Ravi, Noah, Gael, Anthony, Benício, Bento, Joaquim, Nathan, Ryan, Yuri, Zaqueu, Otoniel
1: Abílio, Belmiro, Clodoaldo, Deodato, Evaristo, Firmino, Gumercindo, Hermes, Isaías, Juvenal
1: Leôncio, Melquíades, Norberto, Olegário, Plínio, Quirino, Rosalvo, Teodoro, Ubirajara, Zeferino
""")

SECOND_FEMALE = listed("""
Aparecida, Paula, Clara, Eduarda, Luiza, Cristina, Beatriz, Carolina, Fernanda, Helena, Júlia,
das Graças, de Fátima, do Socorro, José, Lúcia, Regina, Vitória, Cecília, Conceição, Isabel
""")

SECOND_MALE = listed("""
Carlos, Paulo, Pedro, Henrique, Eduardo, Augusto, Roberto, Antônio, Luiz, Gabriel, Vítor, Miguel,
Felipe, Ricardo, César, Alberto, Fernando, Batista, Guilherme, Lucas, Maria
""")

SURNAMES = weighted("""
400: da Silva
270: dos Santos, Silva
200: de Oliveira, Santos
170: de Souza, Oliveira
140: Souza, Pereira, Ferreira
110: Rodrigues, Alves, Lima
90: de Lima, Gomes, Ribeiro, Costa
70: Martins, Carvalho, de Almeida, Lopes, Soares, Fernandes, Vieira, Barbosa, Rocha, Dias
60: do Nascimento, Nascimento, Andrade, Moreira, Nunes, Marques, Machado, Mendes, Freitas
50: Cardoso, Ramos, Gonçalves, Santana, Teixeira, de Araújo, Araújo, Almeida, da Costa, Melo
40: Correia, Reis, Campos, Castro, Pinto, Moura, Cavalcante, Monteiro, Batista, Barros, Borges
30: Miranda, Cruz, Azevedo, Medeiros, Fonseca, Farias, Duarte, Tavares, da Cruz, Nogueira, Sales
25: Coelho, Siqueira, Bezerra, Cunha, Macedo, Pires, Moraes, Xavier, Guimarães, Leite, Brito
20: Antunes, Rezende, Figueiredo, Matos, Maciel, Rosa, Aguiar, Amaral, Assis, Neves, Viana, Neto
15: Pacheco, Queiroz, Vasconcelos, Bastos, Magalhães, Peixoto, Braga, Toledo, Franco, Lacerda
10: Sampaio, Dantas, Bittencourt, Torres, Coutinho, Godoy, Menezes, Paiva, Prado, Sá, Sousa
10: Camargo, Valente, Barreto, Fontes, Furtado, Guedes, Lemos, Leal, Maia, Mota, Morais, Motta
7: Pimentel, Serra, Simões, Telles, Vargas, Vaz, Veloso, Ventura, Vidal, Chaves, Domingues, Galvão
7: Goulart, Leão, Lins, Mourão, Muniz, Padilha, Paes, Pedroso, Penha, Pessoa, Porto, Quintana
5: Rangel, Rios, Salgado, Sena, Severo, Trindade, Uchôa, Varela, Vilela, Zanetti, Rossi, Ferrari
5: Bianchi, Romano, Conti, Moretti, Schmidt, Schneider, Müller, Weber, Wagner, Becker, Hoffmann
5: Tanaka, Yamamoto, Nakamura, Sato, Suzuki, Kobayashi, Watanabe, Takahashi, Kowalski, Nowak
3: Abreu, Alencar, Amorim, Arruda, Bandeira, Barcelos, Bispo, Brandão, Bueno, Cabral, Calado
3: Carneiro, Cerqueira, Cordeiro, Diniz, Dutra, Esteves, Falcão, Feitosa, Garcia, Gusmão, Jardim
3: Jesus, de Jesus, Luz, da Luz, Leme, Loureiro, Marinho, Meireles, Mesquita, Moreno, Novaes
2: Ornelas, Pinheiro, Portela, Quaresma, Rabelo, Saldanha, Sodré, Tenório, Travassos, Vilar
2: Bragança, D'Ávila, d'Almeida, Sant'Anna, Capistrano, Evangelista, Espíndola, Fagundes, Garrido
1: Haddad, Nasser, Kalil, Cohen, Steinberg, Kuhn, Zimmermann, Grabowski, Lewandowski, Petrov
1: Ximenes, Zamboni, Zago, Tupinambá, Tibiriçá, Aimoré, Jaguaribe, Sucupira, Mundim, Nepomuceno
""")

GENERATIONS = ("Filho", "Júnior", "Neto", "Sobrinho")
"""What a man may carry behind his father's, uncle's or grandfather's name."""

SELLERS = listed("""
Ana Beatriz, Camila Nogueira, Carlos Eduardo, Cleide, Diego Ramos, Dona Neusa, Edmilson, Fabíola,
Gilmar, Iara, Jéssica Prado, João Vítor, Kátia, Luan, Márcia Telles, Neide, Paulo Roberto, Rafaela,
Rogério, Sabrina Dutra, Seu Antônio, Tainá, Vinícius, Wesley
""")


# Where people live in Brazil: cities with their state, area code and postal code prefixes.
#
# Every one of the 67 area codes (Anatel) has its main city here. Postal codes are drawn between a
# city's first and last five digits (Correios' ranges, sometimes only part of them).


class City(msgspec.Struct, frozen=True):
    """One city; ``first`` and ``last`` are five-digit postal code prefixes."""

    name: str
    state: str
    ddd: str
    first: int
    last: int
    districts: tuple[str, ...]


_DISTRICTS = listed("""
Centro, Centro, Centro, Boa Vista, Jardim América, São José, Santo Antônio, Bela Vista, Industrial,
Vila Nova, Santa Cruz, São Francisco, Jardim das Flores, Alto da Boa Vista, Parque Industrial,
Nossa Senhora de Fátima, São Cristóvão, Santa Luzia, Planalto, Jardim Europa, Cidade Nova,
Progresso, Vila Maria, Bom Jesus, São Sebastião, Parque das Nações, Liberdade, Esperança
""")

_CITIES = """
115 São Paulo SP 11 01000-05899 Pinheiros, Moema, Tatuapé, Santana, Itaquera, Lapa, Mooca, Butantã
14 Guarulhos SP 11 07000-07399 Macedo, Vila Galvão, Gopoúva, Cumbica, Bonsucesso
8 Santo André SP 11 09000-09299 Vila Assunção, Campestre, Utinga, Jardim Bela Vista
7 Osasco SP 11 06000-06299 Vila Yara, Km 18, Rochdale, Bela Vista
5 Jundiaí SP 11 13200-13219 Anhangabaú, Eloy Chaves, Vila Arens
7 São José dos Campos SP 12 12200-12249 Jardim Aquarius, Santana, Urbanova
4 Santos SP 13 11000-11099 Gonzaga, Boqueirão, Embaré, Ponta da Praia
4 Bauru SP 14 17000-17119
6 Sorocaba SP 15 18000-18119
7 Ribeirão Preto SP 16 14000-14114
5 São José do Rio Preto SP 17 15000-15104
3 Presidente Prudente SP 18 19000-19119
11 Campinas SP 19 13000-13149 Cambuí, Taquaral, Barão Geraldo, Ouro Verde
4 Piracicaba SP 19 13400-13439
60 Rio de Janeiro RJ 21 20000-23799 Copacabana, Tijuca, Méier, Bangu, Campo Grande, Botafogo, Penha
5 Niterói RJ 21 24000-24399 Icaraí, Fonseca, Santa Rosa
5 Campos dos Goytacazes RJ 22 28000-28159
3 Petrópolis RJ 24 25600-25779
3 Volta Redonda RJ 24 27200-27299
4 Vitória ES 27 29000-29099 Jardim da Penha, Praia do Canto, Jucutuquara
5 Vila Velha ES 27 29100-29129 Praia da Costa, Itapuã, Glória
2 Cachoeiro de Itapemirim ES 28 29300-29330
24 Belo Horizonte MG 31 30000-31999 Savassi, Barreiro, Pampulha, Santa Efigênia, Buritis, Floresta
6 Juiz de Fora MG 32 36000-36109
3 Governador Valadares MG 33 35000-35119
7 Uberlândia MG 34 38400-38419
2 Poços de Caldas MG 35 37700-37719
3 Divinópolis MG 37 35500-35504
4 Montes Claros MG 38 39400-39409
18 Curitiba PR 41 80000-82999 Batel, Água Verde, Boqueirão, Santa Felicidade, Portão, Cajuru
4 Ponta Grossa PR 42 84000-84129
6 Londrina PR 43 86000-86109
4 Maringá PR 44 87000-87109
4 Cascavel PR 45 85800-85824
3 Foz do Iguaçu PR 45 85850-85872
1 Francisco Beltrão PR 46 85600-85609
6 Joinville SC 47 89200-89239
4 Blumenau SC 47 89000-89099
5 Florianópolis SC 48 88000-88099 Trindade, Estreito, Ingleses, Campeche, Coqueiros
3 Chapecó SC 49 89800-89819
14 Porto Alegre RS 51 90000-91999 Menino Deus, Moinhos de Vento, Restinga, Petrópolis, Cristal
4 Pelotas RS 53 96000-96109
5 Caxias do Sul RS 54 95000-95129
3 Santa Maria RS 55 97000-97119
28 Brasília DF 61 70000-73699 Asa Norte, Asa Sul, Taguatinga, Ceilândia, Guará, Águas Claras, Gama
14 Goiânia GO 62 74000-74899 Setor Bueno, Setor Oeste, Jardim Goiás, Campinas
3 Palmas TO 63 77000-77270
2 Rio Verde GO 64 75900-75919
6 Cuiabá MT 65 78000-78109
2 Rondonópolis MT 66 78700-78750
9 Campo Grande MS 67 79000-79124
4 Rio Branco AC 68 69900-69924
5 Porto Velho RO 69 76800-76834
24 Salvador BA 71 40000-42599 Pituba, Barra, Brotas, Itapuã, Liberdade, Cajazeiras, Rio Vermelho
2 Itabuna BA 73 45600-45619
2 Juazeiro BA 74 48900-48924
6 Feira de Santana BA 75 44000-44149
4 Vitória da Conquista BA 77 45000-45119
6 Aracaju SE 79 49000-49098
16 Recife PE 81 50000-52999 Boa Viagem, Casa Amarela, Graças, Ibura, Várzea, Espinheiro
7 Jaboatão dos Guararapes PE 81 54000-54499 Piedade, Candeias, Prazeres
9 Maceió AL 82 57000-57099
8 João Pessoa PB 83 58000-58099 Manaíra, Tambaú, Bancários, Mangabeira
4 Campina Grande PB 83 58400-58449
8 Natal RN 84 59000-59161
25 Fortaleza CE 85 60000-61599 Aldeota, Meireles, Messejana, Parangaba, Benfica, Montese
8 Teresina PI 86 64000-64099
3 Petrolina PE 87 56300-56354
3 Juazeiro do Norte CE 88 63000-63049
1 Picos PI 89 64600-64609
14 Belém PA 91 66000-66999 Nazaré, Marco, Guamá, Pedreira, Umarizal
20 Manaus AM 92 69000-69099 Adrianópolis, Cidade Nova, Compensa, Flores, Ponta Negra
3 Santarém PA 93 68000-68109
3 Marabá PA 94 68500-68518
4 Boa Vista RR 95 69300-69339
5 Macapá AP 96 68900-68914
1 Tefé AM 97 69550-69554
11 São Luís MA 98 65000-65109 Cohab, Renascença, Calhau, Anil
3 Imperatriz MA 99 65900-65919
"""


def _read(line: str) -> tuple[int, City]:
    weight, _, rest = line.partition(" ")
    words = rest.split(" ")
    at = next(place for place, word in enumerate(words) if word.isupper() and len(word) == 2)
    first, last = words[at + 2].split("-")
    own = " ".join(words[at + 3 :])
    districts = listed(own) if own else _DISTRICTS
    city = City(" ".join(words[:at]), words[at], words[at + 1], int(first), int(last), districts)
    return int(weight), city


CITIES = tuple(
    city for weight, city in map(_read, _CITIES.strip().splitlines()) for _ in range(weight)
)
"""Each city repeated by its weight, about one for a hundred thousand people."""

STREETS = listed("""
Rua das Flores, Rua São José, Rua Santo Antônio, Avenida Brasil, Rua Quinze de Novembro,
Rua Sete de Setembro, Avenida Getúlio Vargas, Rua Tiradentes, Rua Dom Pedro II, Rua Rui Barbosa,
Rua Santos Dumont, Rua Duque de Caxias, Avenida Presidente Vargas, Rua Marechal Deodoro,
Rua Barão do Rio Branco, Rua Castro Alves, Rua José Bonifácio, Avenida Juscelino Kubitschek,
Rua Princesa Isabel, Rua Treze de Maio, Rua Dois, Rua Projetada B, Rua A, Travessa São João,
Rua Coronel Joaquim Ferreira, Avenida Beira-Mar, Rua Padre Cícero, Rua da Paz, Rua Bela Vista,
Rua Amazonas, Rua Goiás, Rua Pernambuco, Rua Bahia, Rua Paraná, Avenida São Paulo, Rua Ceará,
Alameda dos Ipês, Rua das Acácias, Rua das Palmeiras, Rua dos Lírios, Rua Monteiro Lobato,
Rua Machado de Assis, Avenida Paulo VI, Rua João Pessoa, Rua Floriano Peixoto, Rua Independência,
Rua Professor Anísio Teixeira, Rua Doutor Arnaldo, Estrada do Campo, Rodovia BR-101 km 12,
Quadra 203 Conjunto 4, SQN 312 Bloco C, Avenida Sete de Setembro, Travessa da Alegria,
Rua Nossa Senhora Aparecida, Rua Santa Rita, Rua São Pedro, Rua do Comércio, Praça da Matriz,
Avenida Independência, Rua Bento Gonçalves, Rua Mato Grosso, Rua Visconde de Mauá
""")

COMPLEMENTS = (
    *("Apto 12", "Apto 101", "Apto 304", "Apto 1502", "Bloco B Apto 42", "Casa 2", "Fundos"),
    *("Sala 5", "Loja 14", "Casa", "Torre 1 Apto 73", "Sobrado", "Quadra 7 Lote 12", "Térreo"),
)


# Writes telephone numbers the many ways clerks have typed them over twenty years.

_MOBILE_FORMATS = weighted("""
450: ({0}) 9{1}-{2}
190: {0}9{1}{2}
90: +55 {0} 9{1}-{2}
40: +55{0}9{1}{2}
40: 55{0}9{1}{2}
70: ({0}) {1}-{2}
30: {0}{1}{2}
30: {0} 9{1} {2}
25: 0{0}9{1}{2}
10: ({0})9{1}{2}, {0} 9.{1}.{2}
10: 9{1}-{2}
5: não tem
""")
"""One in ten stayed at eight digits when the ninth came (Anatel, 2012 to 2016)."""

_LANDLINE_FORMATS = weighted("""
60: ({0}) {1}-{2}
25: {0}{1}{2}
8: +55 {0} {1}-{2}
4: 0{0} {1} {2}
2: {1}-{2}
1: ({0}) {1}-{2} ramal 12
""")


def mobile(roll: Roll, ddd: str) -> str:
    """A mobile number of an area."""
    written = _MOBILE_FORMATS[roll() % len(_MOBILE_FORMATS)]
    return written.format(ddd, 6000 + roll() % 4000, 1000 + roll() % 9000)


def landline(roll: Roll, ddd: str) -> str:
    """A fixed line of an area."""
    written = _LANDLINE_FORMATS[roll() % len(_LANDLINE_FORMATS)]
    return written.format(ddd, 2000 + roll() % 4000, 1000 + roll() % 9000)
