"""What people are called in Brazil: given names and surnames, about as common as they are.

The weights follow the order of magnitude of IBGE's census counts of given names (2010), in tens of
thousands of bearers, and of the usual rankings of surnames; rare names weigh one.
"""

from connector.sandbox.tables import listed, weighted

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
