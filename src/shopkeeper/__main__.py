from shopkeeper.cli.commands import main

main()
